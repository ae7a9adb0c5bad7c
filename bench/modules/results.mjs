// What a stage found in a module, kept part by part (most parts are packages) in the folder of the modules, each with
// a key over all that it depends on: what ends early loses the part that it was at.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const resultFile = (dir, module, stage) => path.join(dir, 'results', `${module.name}.${stage}.json`);

/** `{ parts: { name: { key, result } } }`, without parts where there is nothing yet. */
function readParts(dir, module, stage) {
  try {
    return JSON.parse(readFileSync(resultFile(dir, module, stage), 'utf8')).parts;
  } catch (error) {
    if (error.code === 'ENOENT') return {};
    throw error;
  }
}

/** All parts as one: numbers are added, lists put behind one another. Undefined where there is nothing. */
export function readResult(dir, module, stage) {
  const results = Object.values(readParts(dir, module, stage)).map(({ result }) => result);
  return results.length === 0 ? undefined : results.reduce(united, {});
}

export function keptPart(dir, module, stage, name, key) {
  const kept = readParts(dir, module, stage)[name];
  return kept?.key === key ? kept.result : undefined;
}

/** Keeps a part; of the others those named. */
export function keepPart(dir, module, stage, name, key, result, names) {
  const file = resultFile(dir, module, stage);
  mkdirSync(path.dirname(file), { recursive: true });
  const others = Object.entries(readParts(dir, module, stage)).filter(([other]) => names.includes(other));
  const parts = { ...Object.fromEntries(others), [name]: { key, result } };
  writeFileSync(`${file}.new`, `${JSON.stringify({ parts }, null, 1)}\n`);
  renameSync(`${file}.new`, file);
}

export function united(one, other) {
  if (one === undefined) return other;
  if (other === undefined) return one;
  if (typeof one === 'number') return Number((one + other).toFixed(1));
  if (Array.isArray(one)) return [...one, ...other];
  if (typeof one !== 'object') return one;
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
  return Object.fromEntries([...keys].map((key) => [key, united(one[key], other[key])]));
}
