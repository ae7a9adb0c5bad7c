/** What the static checks say of real modules at pinned versions and of Go's own packages, and a random sample to be judged. */
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { check } from '../../engine/check.ts';
import { output } from '../modules/run.mjs';

const STANDARD = ['net/http', 'os/exec', 'database/sql', 'context', 'sync'];

/** `list`: the file that names modules; `sample`: how many findings to print with their lines; `seed` decides which. */
export async function realCode(installation, goroot, { list, only, sample, seed }) {
  const modules = JSON.parse(readFileSync(list, 'utf8'));
  const subjects = modules.map(({ module, version }) => ({
    name: `${module} ${version}`,
    paths: ['./...'],
    module,
    version,
  }));
  subjects.push({
    name: `Go's ${STANDARD.join(', ')}`,
    paths: STANDARD.map((one) => `${one}/...`),
    directory: path.join(goroot, 'src'),
  });
  const all = [];
  const total = { files: 0, lines: 0 };
  for (const { name, paths, directory, module, version } of subjects.filter((one) => new RegExp(only).test(one.name))) {
    const folder =
      directory ?? JSON.parse(output('go', ['mod', 'download', '-json', `${module}@${version}`], tmpdir())).Dir;
    const start = performance.now();
    const result = await check({ installation, directory: folder, paths });
    if (!result.ok) throw new Error(result.problem);
    const { findings, files, lines } = result.value;
    total.files += files;
    total.lines += lines;
    all.push(...findings.map((finding) => ({ folder, name, finding })));
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.log(`${name}: ${files} files, ${lines} lines, ${findings.length} findings, ${seconds} s`);
  }
  console.log(`all: ${total.files} files, ${total.lines} lines, ${all.length} findings`);
  console.log(`one in ${Math.round(total.lines / Math.max(1, all.length))} lines`);
  const kinds = new Map();
  for (const { finding } of all) kinds.set(finding.kind, (kinds.get(finding.kind) ?? 0) + 1);
  for (const [kind, count] of [...kinds].sort((a, b) => b[1] - a[1])) console.log(`  ${kind}: ${count}`);
  console.log(`at most ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MB`);
  for (const { folder, name, finding } of drawn(all, sample, seed)) show(folder, name, finding);
}

/** A sample without repetition, the same for the same seed (xorshift32, Marsaglia 2003). */
function drawn(list, count, seed) {
  let state = seed >>> 0 || 1;
  const random = (bound) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % bound;
  };
  const rest = [...list];
  const picked = [];
  while (picked.length < count && rest.length > 0) picked.push(...rest.splice(random(rest.length), 1));
  return picked;
}

function show(folder, name, { kind, message, sites }) {
  console.log(`\n== ${kind}: ${message}\n   ${name}`);
  for (const { file, line, role } of sites) {
    const text = readFileSync(path.join(folder, file), 'utf8').split('\n')[line - 1]?.trim();
    console.log(`   ${file}:${line} (${role}): ${text}`);
  }
}
