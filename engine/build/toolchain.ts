/** Finds the user's Go and says in one sentence when it is missing or too old. */

import { access, constants, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, delimiter, dirname, isAbsolute, join } from 'node:path';
import { phrase } from '../../protocol/phrase';
import { type Attempt, CANCELLED, failed, succeeded } from '../system/attempt';
import { runProcess } from '../system/processes';

/** Overlays into GOROOT, loop variables and testing hooks are relied on from here on. */
export const OLDEST_GO = { major: 1, minor: 24 };

export interface Toolchain {
  /** Absolute path of the go command. */
  go: string;
  /** The version that builds in the directory asked about, as in `go1.26.8`; a go.mod may choose another. */
  version: string;
  goroot: string;
  /** Where Go keeps modules, and toolchains that a go.mod asked for; empty: not told. */
  moduleCache: string;
  /** What go commands run with: the directory of `go` is first on the PATH. */
  environment: NodeJS.ProcessEnv;
  /** What is done otherwise than the user's settings ask for, one sentence each. */
  notices: string[];
  /** What it says of the variables that change what it builds. */
  variables: Readonly<Record<string, string>>;
  /** Flags that the user's settings add to all of its commands. */
  flags: readonly string[];
}

export interface ToolchainRequest {
  /** Where the user's code is: go.mod there may choose a toolchain. */
  directory: string;
  /** The user's setting: a path or a name on the PATH; empty: look for it. */
  go?: string;
  /** As in Installation. */
  flags?: readonly string[];
  environment?: NodeJS.ProcessEnv;
  signal?: AbortSignal;
}

const ASKED = ['GOVERSION', 'GOROOT', 'GOFLAGS', 'GOMODCACHE'] as const;
/** Settings of the go command that change what it builds. */
const DECIDING = (
  'GOOS GOARCH GO386 GOAMD64 GOARM GOARM64 GOEXPERIMENT GODEBUG GOFIPS140 GOWORK GOMOD GOPATH GO111MODULE CGO_ENABLED ' +
  'CC CXX CGO_CFLAGS CGO_CPPFLAGS CGO_CXXFLAGS CGO_FFLAGS CGO_LDFLAGS PKG_CONFIG'
).split(' ');

export const EXECUTABLE = process.platform === 'win32' ? 'go.exe' : 'go';

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

/** Where a go command may be, best first. */
function candidates(setting: string, environment: NodeJS.ProcessEnv): string[] {
  const onPath = (name: string) =>
    (environment.PATH ?? environment.Path ?? '')
      .split(delimiter)
      .filter((directory) => isAbsolute(directory))
      .map((directory) => join(directory, name));
  if (setting !== '') return isAbsolute(setting) ? [setting] : onPath(setting);
  const home = environment.HOME ?? homedir();
  const usual =
    process.platform === 'win32'
      ? ['C:\\Program Files\\Go\\bin']
      : ['/usr/local/go/bin', '/opt/homebrew/bin', '/usr/local/bin', '/usr/lib/go/bin', '/snap/bin'];
  return [
    ...onPath(EXECUTABLE),
    ...(environment.GOROOT ? [join(environment.GOROOT, 'bin', EXECUTABLE)] : []),
    ...[...usual, join(home, 'go', 'bin'), join(home, 'sdk', 'go', 'bin')].map((place) => join(place, EXECUTABLE)),
  ];
}

/**
 * The go command by the setting, `GO` in the environment, the PATH, GOROOT, or the places where installers put
 * it, and the version it builds with in `directory`. Fails when there is none, it does not run, or it is older than
 * OLDEST_GO.
 */
export async function findToolchain(request: ToolchainRequest): Promise<Attempt<Toolchain>> {
  const environment = request.environment ?? process.env;
  const setting = request.go || environment.GO || '';
  let go: string | undefined;
  for (const candidate of candidates(setting, environment)) {
    if (await isExecutable(candidate)) {
      go = candidate;
      break;
    }
  }
  if (go === undefined) {
    return failed(
      setting === ''
        ? phrase`Go was not found; install Go ${oldest()} or newer from go.dev/dl, or put its bin directory on the PATH.`
        : phrase`There is no go command at ${setting}; correct the setting, or leave it empty to use the PATH.`,
    );
  }
  const withGo = withDirectoryFirst(environment, dirname(go));
  const asked = await runProcess(go, ['env', '-json', ...ASKED, ...DECIDING], {
    directory: request.directory,
    environment: withGo,
    signal: request.signal,
  });
  if (asked.cancelled) return CANCELLED;
  if (asked.code !== 0) {
    const said = firstLine(asked.stderr).replace(/^go: /, '') || asked.startProblem;
    return failed(phrase`${go} does not work: ${said ?? phrase`it ended with ${asked.endedBy ?? asked.code ?? ''}`}`);
  }
  const told = parseEnvironment(asked.stdout);
  const version = told === undefined ? undefined : /go(\d+)\.(\d+)/.exec(told.GOVERSION);
  if (told === undefined || !version) return failed(phrase`${go} is not a Go toolchain: it did not tell its version.`);
  const [major, minor] = [Number(version[1]), Number(version[2])];
  if (major < OLDEST_GO.major || (major === OLDEST_GO.major && minor < OLDEST_GO.minor)) {
    return failed(phrase`${told.GOVERSION} is too old; Lockstep needs Go ${oldest()} or newer (go.dev/dl).`);
  }
  const { GOVERSION, GOROOT: goroot, GOMODCACHE: moduleCache, GOFLAGS } = told;
  const own = (request.flags ?? []).map((flag) => (/\s/u.test(flag) ? `'${flag}'` : flag));
  const { kept, notices } = usableFlags([GOFLAGS, ...own].join(' '));
  if (notices.length > 0 || own.length > 0) withGo.GOFLAGS = kept;
  return succeeded({
    go,
    version: GOVERSION,
    goroot,
    moduleCache,
    environment: withGo,
    notices,
    variables: told,
    flags: own,
  });
}

/** Why a coverage profile is not to be had. */
export const NO_COVERAGE =
  'Go drops instrumentation from builds with coverage (golang/go#73802), so it is not measured; go test measures it.';

/** A flag with what belongs to it, quoted or not. */
const FLAG = /'[^']*'|"[^"]*"|\S+/g;

/**
 * GOFLAGS without what would silently switch the instrumentation off, -cover, or let the race detector see the scheduler.
 * The user's own overlay is merged with ours.
 */
export function usableFlags(flags: string): { kept: string; notices: string[] } {
  const all = flags.match(FLAG) ?? [];
  const isLeft = (flag: string, name: RegExp): boolean => name.test(flag.replace(/^['"]?--?/, ''));
  const covers = all.filter((flag) => isLeft(flag, /^cover/));
  const races = all.filter((flag) => isLeft(flag, /^race\b/));
  const kept = all.filter((flag) => !covers.includes(flag) && !races.includes(flag));
  const notices: string[] = [];
  if (covers.length > 0) notices.push(`${covers.join(' ')} of GOFLAGS is left out: ${NO_COVERAGE}`);
  if (races.length > 0) {
    notices.push(
      `${races.join(' ')} of GOFLAGS is left out: --race on has Go's race detector judge the interleavings.`,
    );
  }
  // What is empty does not override what `go env -w` has set.
  return { kept: kept.join(' ') || '-v=false', notices };
}

type Asked = (typeof ASKED)[number];

/** What is missing is empty. */
function parseEnvironment(text: string): (Record<Asked, string> & Record<string, string>) | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const told = Object.entries(value).filter((one): one is [string, string] => typeof one[1] === 'string');
  return { GOVERSION: '', GOROOT: '', GOFLAGS: '', GOMODCACHE: '', ...Object.fromEntries(told) };
}

function oldest(): string {
  return `${OLDEST_GO.major}.${OLDEST_GO.minor}`;
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0] ?? '';
}

export function withDirectoryFirst(environment: NodeJS.ProcessEnv, directory: string): NodeJS.ProcessEnv {
  const name = Object.keys(environment).find((key) => key.toUpperCase() === 'PATH') ?? 'PATH';
  const path = environment[name];
  if (basename(directory) === '' || path?.split(delimiter)[0] === directory) return { ...environment };
  return { ...environment, [name]: path ? directory + delimiter + path : directory };
}
