// The first step of every command that must work on a fresh clone: plain Node, no dependencies.
// Checks Node and Go, installs node_modules when it does not match the lock file, builds.
//   node scripts/bootstrap.mjs [--no-build]
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const NODE_AT_LEAST = [20, 19];
const GO_AT_LEAST = [1, 24];

/** Ends the process with one sentence that says what is wrong and what to do. */
function giveUp(sentence) {
  console.error(`lockstep: ${sentence}`);
  process.exit(2);
}

/** Is version `have` (as in `1.26.8`) at least [major, minor]? */
function isAtLeast(have, [major, minor]) {
  const [haveMajor, haveMinor] = have.split('.').map(Number);
  return haveMajor > major || (haveMajor === major && haveMinor >= minor);
}

function checkNode() {
  if (!isAtLeast(process.versions.node, NODE_AT_LEAST)) {
    giveUp(
      `Node ${process.versions.node} is too old; install Node ${NODE_AT_LEAST.join('.')} or newer from https://nodejs.org.`,
    );
  }
}

function checkGo() {
  // Asked outside of any module, so that a toolchain line cannot make `go` download another Go first.
  const answer = spawnSync('go', ['env', 'GOVERSION'], { encoding: 'utf8', cwd: path.parse(root).root });
  if (answer.error || answer.status !== 0) {
    giveUp(`the go command was not found; install Go ${GO_AT_LEAST.join('.')} or newer from https://go.dev/dl.`);
  }
  const version = /go(\d+\.\d+[\d.]*)/.exec(answer.stdout)?.[1];
  // A development build has no number; it is newer than any release.
  if (version !== undefined && !isAtLeast(version, GO_AT_LEAST)) {
    giveUp(`Go ${version} is too old; install Go ${GO_AT_LEAST.join('.')} or newer from https://go.dev/dl.`);
  }
}

/** npm notes in node_modules what it installed; that has to be what the lock file asks for. */
function isInstalled() {
  let installed;
  try {
    installed = JSON.parse(readFileSync(path.join(root, 'node_modules/.package-lock.json'), 'utf8')).packages;
  } catch {
    return false;
  }
  const { packages: locked } = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8'));
  return Object.entries(locked).every(
    ([name, entry]) => name === '' || entry.optional || installed[name]?.integrity === entry.integrity,
  );
}

function run(what, command, args) {
  // npm is a script on Windows, which only a shell starts.
  const shell = process.platform === 'win32' && command === 'npm';
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', shell });
  if (error || status !== 0) giveUp(`${what} failed${error ? `: ${error.message}` : ''}; see above.`);
}

checkNode();
checkGo();
if (!isInstalled()) {
  console.error('lockstep: installing the dependencies (npm ci) ...');
  // A caller's --silent would hide why it failed.
  run('npm ci', 'npm', ['ci', '--loglevel=error']);
}
if (!process.argv.includes('--no-build')) run('the build', process.execPath, ['scripts/build.mjs']);
