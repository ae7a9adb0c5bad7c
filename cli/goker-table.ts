/** The results of `lockstep bench goker` as people read them: in a terminal, and as a page of documentation. */
import { availableParallelism, totalmem } from 'node:os';
import type { GokerDocument, GokerKernel, GokerSet } from '../protocol/benchmark';

/** Found for what it is, and shown again by every replay. */
export const isSolved = ({ kindRight, replays, replayed }: GokerKernel): boolean =>
  kindRight && replays > 0 && replayed === replays;

export function gokerText(document: GokerDocument): string {
  const rows = document.kernels.map((kernel) => [
    kernel.id,
    [kernel.type, kernel.subtype].filter((word) => word !== '').join(' / '),
    kernel.found ? `${kernel.kind}${kernel.kindRight ? '' : ' (another kind)'}` : 'nothing found',
    kernel.site ?? '',
    kernel.schedules.toLocaleString('en'),
    `${kernel.seconds.toFixed(2)} s`,
    `${kernel.replayed}/${kernel.replays}`,
  ]);
  const widths = rows.reduce<number[]>((most, row) => row.map((cell, at) => Math.max(most[at] ?? 0, cell.length)), []);
  const lines = rows.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return [...lines, '', ...summary(document)].join('\n');
}

/** The command, what it ran on, a summary and a row for each kernel. */
export function gokerMarkdown(document: GokerDocument, command: string): string {
  const { goVersion, seed } = document;
  const machine = `${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GB, ${process.platform}, ${goVersion}`;
  const rows = document.kernels.map((kernel) => {
    const { id, type, subtype, kind = '–', kindRight, site = '–', schedules, seconds, buildSeconds } = kernel;
    const found = kindRight || kind === '–' ? kind : `${kind} (another kind)`;
    const cells = [id, type, subtype, found, site.replace(/^.*\//u, ''), schedules.toLocaleString('en')];
    return [...cells, seconds.toFixed(2), buildSeconds.toFixed(2), `${kernel.replayed}/${kernel.replays}`];
  });
  const head = ['kernel', 'type', 'subtype', 'found', 'at', 'schedules', 'seconds', 'build', 'replayed'];
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    '```',
    command,
    '```',
    '',
    `${machine}; seed ${seed}.`,
    '',
    ...summary(document).map((sentence) => `- ${sentence}`),
    '',
    line(head),
    line(head.map(() => '---')),
    ...rows.map(line),
    '',
  ].join('\n');
}

function summary({ kernels, build }: GokerDocument): string[] {
  const found = kernels.filter(({ kindRight }) => kindRight);
  const replayed = kernels.filter(isSolved);
  const { tracer, rewrite, compile } = build;
  return [
    ...(['blocking', 'nonblocking'] as const satisfies readonly GokerSet[]).flatMap((set) => {
      const all = kernels.filter((kernel) => kernel.set === set);
      if (all.length === 0) return [];
      const right = all.filter(({ kindRight }) => kindRight).length;
      return [
        `${set === 'blocking' ? 'Blocking' : 'Non-blocking'}: ${right} of ${all.length} found, with the right kind.`,
      ];
    }),
    `Replayed every time, each from a fresh process: ${replayed.length} of ${found.length}.`,
    `Time to the first finding: median ${quantile(found, 0.5)} s, 90 % within ${quantile(found, 0.9)} s, all within ${quantile(found, 1)} s.`,
    `Build: ${tracer.toFixed(1)} s for the tracer (0 when it is there), ${rewrite.toFixed(1)} s instrumenting, ${compile.toFixed(1)} s compiling.`,
  ];
}

function quantile(kernels: readonly GokerKernel[], share: number): string {
  const sorted = kernels.map(({ seconds }) => seconds).sort((a, b) => a - b);
  const at = Math.max(0, Math.ceil(sorted.length * share) - 1);
  return (sorted[at] ?? 0).toFixed(2);
}
