/** What processes hold after a garbage collection, and whether that has grown. */
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import path from 'node:path';

/** Bytes and numbers, by scripts/vscode-host/probe.cjs. */
export interface Held {
  heap: number;
  external: number;
  resident: number;
  listeners: number;
  files: number;
  handles: number;
  timers: number;
}

/**
 * How much more the last third of the samples may hold than the first, by their medians: a share of it, and so much more.
 * Resident memory has what the allocators keep for later in it, and the stack of compiled code.
 */
export const BOUNDS: Record<keyof Held, { share: number; more: number }> = {
  heap: { share: 0.1, more: 3e6 },
  external: { share: 0.1, more: 2e6 },
  resident: { share: 0.15, more: 30e6 },
  listeners: { share: 0, more: 0 },
  files: { share: 0, more: 2 },
  handles: { share: 0, more: 2 },
  timers: { share: 0, more: 3 },
};

const load = createRequire(path.join(process.cwd(), 'any.js'));

/** Of this process. */
export function hostHolds(): Held {
  const { held } = load(process.env.LOCKSTEP_PROBE_MODULE ?? '') as { held(): Held };
  return held();
}

/** Of a language server that was started with the probe. */
export function serverHolds(pid: number): Promise<Held> {
  return new Promise((resolve, reject) => {
    let answer = '';
    connect(path.join(process.env.LOCKSTEP_PROBE ?? '', `${pid}.sock`))
      .on('data', (text) => {
        answer += text;
      })
      .on('end', () => resolve(JSON.parse(answer)))
      .on('error', reject);
  });
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((one, other) => one - other);
  return sorted[sorted.length >> 1] ?? 0;
}

/** Medians of the first and of the last third. */
function ends(samples: readonly Held[], key: keyof Held): [first: number, last: number] {
  const third = Math.max(1, Math.floor(samples.length / 3));
  const of = (some: readonly Held[]) => median(some.map((held) => held[key]));
  return [of(samples.slice(0, third)), of(samples.slice(-third))];
}

/** One sentence for each thing that has grown beyond its bound. */
export function compare(who: string, samples: readonly Held[]): string[] {
  return (Object.keys(BOUNDS) as (keyof Held)[]).flatMap((key) => {
    const [first, last] = ends(samples, key);
    const { share, more } = BOUNDS[key];
    const most = first * (1 + share) + more;
    return last <= most ? [] : [`${who}: ${key} grew from ${first} to ${last}, and ${Math.round(most)} is the most`];
  });
}

/** For people, and for docs. */
export function table(server: readonly Held[], host: readonly Held[]): string[] {
  const told = (key: keyof Held, value: number) =>
    BOUNDS[key].more >= 1e6 ? `${(value / 1e6).toFixed(1)} MB` : String(value);
  const row = (key: keyof Held) => {
    const cells = [server, host].flatMap((samples) => ends(samples, key).map((value) => told(key, value)));
    return `| ${[key, ...cells].join(' | ')} |`;
  };
  return [
    '| | server, first third | last third | extension host, first third | last third |',
    '|---|---:|---:|---:|---:|',
    ...(Object.keys(BOUNDS) as (keyof Held)[]).map(row),
  ];
}
