// What a stage found in a module, kept in the folder of the modules with a key over all that it depends on.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const resultFile = (dir, module, stage) => path.join(dir, 'results', `${module.name}.${stage}.json`);

export function readResult(dir, module, stage) {
  try {
    return JSON.parse(readFileSync(resultFile(dir, module, stage), 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

export function keptResult(dir, module, stage, key) {
  const kept = readResult(dir, module, stage);
  return kept?.key === key ? kept.result : undefined;
}

export function keepResult(dir, module, stage, key, result) {
  const file = resultFile(dir, module, stage);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, `${JSON.stringify({ key, result }, null, 1)}\n`);
  renameSync(`${file}.new`, file);
}
