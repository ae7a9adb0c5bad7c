// Commands that the stages run, at low priority: the machine may be in use.
import { spawn, spawnSync } from 'node:child_process';

/** Runs a command to its end: `{ ok, seconds, stdout, stderr, timedOut }`. Its process group ends with it. */
export function run(command, args, { cwd, seconds = 1200, env = process.env } = {}) {
  return new Promise((resolve) => {
    const began = performance.now();
    const niced = process.platform === 'win32' ? [command, args] : ['nice', ['-n', '10', command, ...args]];
    const child = spawn(niced[0], niced[1], { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    const text = { stdout: [], stderr: [] };
    for (const name of ['stdout', 'stderr'])
      child[name].setEncoding('utf8').on('data', (data) => text[name].push(data));
    const end = (signal) => {
      try {
        process.kill(-child.pid, signal);
      } catch {
        // The whole group is gone already.
      }
    };
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      end('SIGQUIT');
      setTimeout(() => end('SIGKILL'), 3000).unref();
    }, seconds * 1000);
    const done = (code, problem = '') => {
      clearTimeout(timer);
      end('SIGKILL');
      const took = (performance.now() - began) / 1000;
      const [stdout, stderr] = [text.stdout.join(''), text.stderr.join('') + problem];
      resolve({ ok: code === 0, code, seconds: Number(took.toFixed(2)), stdout, stderr, timedOut });
    };
    child.on('error', (error) => done(-1, error.message));
    child.on('exit', () => setTimeout(() => child.stdout.destroy(), 2000).unref());
    child.on('close', (code) => done(code));
  });
}

/** Runs a short command that must succeed and gives what it printed. */
export function output(command, args, cwd, env = process.env) {
  const result = spawnSync(command, args, { cwd, env, encoding: 'utf8', maxBuffer: 256 << 20 });
  if (result.status !== 0) throw new Error(`${command} ${args.join(' ')}: ${result.stderr || result.error}`);
  return result.stdout;
}
