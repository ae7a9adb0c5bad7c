export function keysIn(value: unknown): string[];
export function withWords<T>(value: T, words: Readonly<Record<string, string>>): T;
