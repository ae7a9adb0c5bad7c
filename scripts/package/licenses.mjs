// The licenses of other people's code in the bundles, which ask to go wherever that code goes.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../checkout.mjs';

/** Packages that name a license and do not carry its text: where it is kept here, and what package.json has to say. */
const KEPT = {
  'onnxruntime-common': { license: 'MIT', file: 'onnxruntime.txt' },
  'onnxruntime-web': { license: 'MIT', file: 'onnxruntime.txt' },
};

/** The texts for all packages among `files`, each kept text once. Throws for a package without one. */
export function thirdPartyLicenses(files) {
  const folders = files.map((file) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0]);
  const names = new Map();
  for (const folder of [...new Set(folders)].filter(Boolean).sort()) {
    const { name, version, license } = JSON.parse(readFileSync(path.join(root, folder, 'package.json'), 'utf8'));
    const text = textOf(folder, name, license);
    names.set(text, [...(names.get(text) ?? []), `${name} ${version}`]);
  }
  const texts = [...names].map(([text, packages]) => `${packages.join('\n')}\n\n${text}\n`);
  return texts.join(`\n${'-'.repeat(80)}\n\n`);
}

function textOf(folder, name, license) {
  const own = readdirSync(path.join(root, folder)).find((file) => /^licen[cs]e/i.test(file));
  if (own) return readFileSync(path.join(root, folder, own), 'utf8').trim();
  const kept = KEPT[name];
  if (!kept) throw new Error(`${folder} has no license file; keep its text in scripts/package/ and name it there`);
  if (kept.license !== license) throw new Error(`${folder} is under ${license} now; the text kept is ${kept.license}`);
  return readFileSync(path.join(root, 'scripts/package', kept.file), 'utf8').trim();
}
