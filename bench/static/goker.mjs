/**
 * Which bugs of GoBench the static checks see. A kernel counts when a finding has a site on a line of the bug: one where
 * exploring the kernel's test has shown what GoBench says the bug is (`lockstep bench goker`). That line is a place
 * where a goroutine is stuck or where one of two unordered accesses is; what else a check says of a kernel is printed,
 * but not counted.
 */
import { readFileSync } from 'node:fs';
import { benchGoker } from '../../engine/benchmark/goker-bench.ts';
import { findKernels } from '../../engine/benchmark/goker-checkout.ts';
import { check } from '../../engine/check.ts';

/** `explored`: the document of `lockstep bench goker --json`; made here when left out. */
export async function goker(installation, directory, explored) {
  const checkout = value(await findKernels(directory));
  const { kernels } = explored
    ? JSON.parse(readFileSync(explored, 'utf8'))
    : value(await benchGoker({ installation, directory, budgetSeconds: 60, seed: '1' }));
  const { findings } = value(await check({ installation, directory: checkout.root, paths: ['./...'] }));
  const rows = checkout.kernels.map(({ id, folder, type, subtype }) => {
    const bug = new Set(kernels.find((kernel) => kernel.id === id)?.sites ?? []);
    const own = findings.filter(({ sites }) => sites[0].file.startsWith(`${folder}/`));
    const onBug = own.filter(({ sites }) => sites.some(({ file, line }) => bug.has(`${file}:${line}`)));
    return { id, type, subtype, bug: [...bug], own, onBug };
  });
  const shown = ({ kind, sites: [{ line }] }) => `${kind}:${line}`;
  for (const { id, type, subtype, bug, own, onBug } of rows) {
    const beside = own.filter((one) => !onBug.includes(one));
    console.log(
      [
        onBug.length > 0 ? 'on the bug' : own.length > 0 ? 'beside it ' : 'silent    ',
        `${id} (${type}, ${subtype}):`,
        onBug.map(shown).join(' ') || '-',
        ...(beside.length > 0 ? [`| beside: ${beside.map(shown).join(' ')}`] : []),
        `| bug in ${bug.map((place) => place.replace(/^.*:/u, '')).join(' ') || 'no line known'}`,
      ].join(' '),
    );
  }
  const typeOf = ({ type, subtype }) => `${type}, ${subtype}`;
  for (const type of [...new Set(rows.map(typeOf))].sort())
    console.log(`${type}: ${counts(rows.filter((row) => typeOf(row) === type))}`);
  console.log(`all kernels, a finding with a site on the bug: ${counts(rows)}`);
  console.log(`all kernels, any finding: ${rows.filter(({ own }) => own.length > 0).length} of ${rows.length}`);
}

const counts = (rows) => `${rows.filter(({ onBug }) => onBug.length > 0).length} of ${rows.length}`;

function value(attempt) {
  if (!attempt.ok) throw new Error(attempt.problem);
  return attempt.value;
}
