// A long session in a real VS Code: edits, explorations, cancellations, replays, open and closed pages, killed servers
// and windows that are loaded again. Afterwards nothing may live that should not, and nothing may have grown.
//   node scripts/soak.mjs [--vsix FILE] [--vscode newest|oldest] [--short] [--rounds N]
// The suite is test/e2e/soak; what it measures is printed, and written to artifacts/soak/measured.json.
// Exit code: 0 when all of it held.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { root } from './checkout.mjs';
import { compileSuites } from './host-suites.mjs';
import { openHost } from './vscode-host/session.mjs';
import { endCleanlyWhenInterrupted, makeScratch } from './vscode-host/workbench.mjs';

const { values: options } = parseArgs({
  options: {
    vsix: { type: 'string' },
    vscode: { type: 'string', default: 'newest' },
    short: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '36' },
  },
});

/**
 * A round is so many edits, an exploration, one that is cancelled, and a replay with its page. The first session is the
 * one that is measured; then the window is loaded again for each of the others.
 */
const plan = options.short
  ? [
      { rounds: 6, edits: 4, kills: 2 },
      { rounds: 1, edits: 4, kills: 1 },
    ]
  : [
      { rounds: Number(options.rounds), edits: 12, kills: 10 },
      ...Array.from({ length: 5 }, () => ({ rounds: 1, edits: 14, kills: 2 })),
    ];

/** A session that hangs is a failure; what it may take on a slow machine. */
const SESSION_SECONDS = options.short ? 240 : 1500;
const PATIENCE_MILLISECONDS = 30_000;

const report = path.join(root, 'artifacts/soak');
const isAlive = (pid) => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return !stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z');
  } catch {
    return false;
  }
};

/** Processes that were started with the folder of this run in their environment, as VS Code's server hands it down. */
function ofThisRun(scratch) {
  return readdirSync('/proc').flatMap((name) => {
    try {
      const pid = Number(name);
      if (!(pid > 0) || pid === process.pid || !isAlive(pid)) return [];
      const of = readFileSync(`/proc/${pid}/environ`, 'utf8').includes(scratch);
      return of ? [{ pid, command: readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim() }] : [];
    } catch {
      return []; // it has ended
    }
  });
}

/** Waits until a list of what should not be is empty; throws with what is left. */
async function gone(what, left) {
  const end = Date.now() + PATIENCE_MILLISECONDS;
  while (left().length > 0) {
    if (Date.now() > end) throw new Error(`${what}: ${JSON.stringify(left())}`);
    await pause(100);
  }
}

async function main() {
  endCleanlyWhenInterrupted();
  rmSync(report, { recursive: true, force: true });
  mkdirSync(report, { recursive: true });
  const { scratch, workspace, remove } = makeScratch(path.join(root, 'examples'));
  const probes = path.join(scratch, 'probes');
  mkdirSync(probes);
  const probe = path.join(scratch, 'probe.cjs');
  cpSync(path.join(root, 'scripts/vscode-host/probe.cjs'), probe);
  const sessions = [];
  try {
    const files = await compileSuites('test/e2e/soak', path.join(scratch, 'suites'));
    const env = { LOCKSTEP_PROBE: probes, LOCKSTEP_PROBE_MODULE: probe };
    const host = await openHost({ scratch, report, vsix: options.vsix, vscode: options.vscode, env });
    try {
      for (const soak of plan) {
        const result = await host.run({ workspace, files, soak, timeout: 1_000_000, seconds: SESSION_SECONDS });
        if (!result)
          throw new Error(`the session did not end within ${SESSION_SECONDS} s, or its host ended; see ${report}`);
        if (result.failures > 0 || result.passes === 0)
          throw new Error(`${result.failures} parts of the session failed`);
        const measured = path.join(report, 'session.json');
        if (!existsSync(measured)) throw new Error('the session has not told what it measured');
        const { pids, ...told } = JSON.parse(readFileSync(measured, 'utf8'));
        sessions.push({ ...soak, ...told, pids });
      }
      // Every window but the last has been loaded again since: its host and all below it are to be gone.
      const earlier = sessions.slice(0, -1).flatMap(({ pids }) => pids);
      await gone('of windows that are gone there live', () => earlier.filter(isAlive));
    } finally {
      await host.close();
    }
    await gone('of the whole run there live', () => ofThisRun(scratch));
  } finally {
    remove();
  }
  return sessions.map(({ pids, ...told }) => ({ ...told, processes: pids.length }));
}

try {
  const sessions = await main();
  const sum = (key) => sessions.reduce((all, session) => all + session[key], 0);
  writeFileSync(path.join(report, 'measured.json'), `${JSON.stringify(sessions, null, 2)}\n`);
  const done = ['edited', 'explored', 'cancelled', 'replayed', 'killed'].map((what) => `${sum(what)} ${what}`);
  console.log(`${done.join(', ')}, ${sessions.length - 1} windows loaded again, ${sum('processes')} processes ended`);
  for (const line of sessions[0].table) console.log(line);
  console.log(`${sessions.length} passing, 0 failing`);
} catch (error) {
  console.error(`soak: ${error.message}`);
  console.log('0 passing, 1 failing');
  process.exit(1);
}
