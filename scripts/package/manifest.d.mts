import type { Package } from './archive.mjs';

export function manifestProblems(manifest: object, entries: Package['entries']): string[];
