// Commands that the stages run, at low priority: the machine may be in use.
import { spawn, spawnSync } from 'node:child_process';

/** The shell that starts a command says how much processor time it took; a signal for the command is not for it. */
const TIMED = 'trap : QUIT; "$@" 3>&-; code=$?; times >&3; exit $code';

/** Process groups that must not outlive us, however we end. */
const running = new Set();
process.on('exit', () => {
  for (const group of running) end(group, 'SIGKILL');
});
for (const [signal, number] of [
  ['SIGHUP', 1],
  ['SIGINT', 2],
  ['SIGTERM', 15],
]) {
  process.on(signal, () => process.exit(128 + number));
}

function end(group, signal) {
  try {
    process.kill(-group, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error; // the whole group is gone already
  }
}

/**
 * Runs a command to its end: `{ ok, seconds, processor, stdout, stderr, timedOut }`; `processor` are the seconds of
 * processor time of it and its children. Its process group ends with it, and with us. `heard` gets what it prints as
 * it comes, `tooLong` is asked every second whether to end it.
 */
export function run(command, args, { cwd, seconds = 1200, env = process.env, heard, tooLong } = {}) {
  return new Promise((resolve) => {
    const began = performance.now();
    const stdio = ['ignore', 'pipe', 'pipe', 'pipe'];
    const child = spawn('nice', ['-n', '5', 'sh', '-c', TIMED, 'sh', command, ...args], {
      cwd,
      env,
      detached: true,
      stdio,
    });
    if (child.pid !== undefined) running.add(child.pid);
    const text = { stdout: [], stderr: [], times: [] };
    for (const [name, stream] of [
      ['stdout', child.stdout],
      ['stderr', child.stderr],
      ['times', child.stdio[3]],
    ])
      stream.setEncoding('utf8').on('data', (data) => text[name].push(data));
    if (heard) child.stdout.on('data', heard);
    let timedOut = false;
    const timer = setInterval(() => {
      if (timedOut || (performance.now() - began < seconds * 1000 && !tooLong?.())) return;
      timedOut = true;
      end(child.pid, 'SIGQUIT');
      setTimeout(() => end(child.pid, 'SIGKILL'), 3000).unref();
    }, 1000);
    const done = (code, problem = '') => {
      clearInterval(timer);
      if (child.pid !== undefined) end(child.pid, 'SIGKILL');
      running.delete(child.pid);
      const took = (performance.now() - began) / 1000;
      const [stdout, stderr] = [text.stdout.join(''), text.stderr.join('') + problem];
      const processor = secondsOf(text.times.join(''));
      resolve({ ok: code === 0, code, seconds: Number(took.toFixed(2)), processor, stdout, stderr, timedOut });
    };
    child.on('error', (error) => done(-1, error.message));
    child.on('exit', () => setTimeout(() => child.stdout.destroy(), 2000).unref());
    child.on('close', (code) => done(code));
  });
}

/** The second line of what `times` prints is about children: `0m1.25s 0m0.5s`. 0 where the shell did not get there. */
function secondsOf(times) {
  const [, children = ''] = times.split('\n');
  const parts = [...children.matchAll(/(\d+)m([\d.]+)s/g)];
  return Number(parts.reduce((sum, [, minutes, seconds]) => sum + 60 * minutes + Number(seconds), 0).toFixed(2));
}

/** Runs a short command that must succeed and gives what it printed. */
export function output(command, args, cwd, env = process.env) {
  const result = spawnSync(command, args, { cwd, env, encoding: 'utf8', maxBuffer: 256 << 20 });
  if (result.status !== 0) throw new Error(`${command} ${args.join(' ')}: ${result.stderr || result.error}`);
  return result.stdout;
}
