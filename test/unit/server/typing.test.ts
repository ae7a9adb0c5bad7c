// Half-typed code never crashes, floods or freezes; for longer: npm run fuzz:typing.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { typeInto } from '../../fuzz/analysed-typing';
import { typeThrough } from '../../fuzz/served-typing';
import { goParser } from '../go/parser';
import { startLanguageServer } from './language-server';

const source = path.join(execFileSync('go', ['env', 'GOROOT'], { encoding: 'utf8' }).trim(), 'src');
const read = (file: string) => readFileSync(path.join(source, file), 'utf8');

describe('typing in real files', function () {
  this.timeout(120_000);

  for (const [seed, file] of ['os/exec/exec.go', 'net/http/server.go', 'database/sql/sql.go'].entries()) {
    it(`of ${file} is analysed at every key stroke`, async () => {
      typeInto(await goParser(), read(file), seed + 1, 200);
    });
  }

  it('in small files with many findings says of the text what it says of the text read anew', async () => {
    const parser = await goParser();
    const text = readFileSync('test/fixtures/programs/fixes/locks.go', 'utf8');
    for (const seed of [1, 2, 3]) typeInto(parser, text, seed, 400);
  });

  it('is followed by the language server, which answers all along', async () => {
    const server = await startLanguageServer();
    try {
      await typeThrough(server, 'exec.go', read('os/exec/exec.go'), 1, 400);
      await typeThrough(server, 'fetch/fetch.go', readFileSync('examples/fetch/fetch.go', 'utf8'), 2, 600);
    } finally {
      await server.stop();
    }
  });
});
