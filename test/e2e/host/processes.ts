/** The processes below this extension host, from /proc: the host is a Linux program wherever these suites run. */
import { readdirSync, readFileSync } from 'node:fs';

export interface Process {
  pid: number;
  parent: number;
  /** Its arguments, with blanks between them. */
  command: string;
}

/** All that are alive, zombies left out. */
export function processes(): Process[] {
  return readdirSync('/proc').flatMap((name): Process[] => {
    const pid = Number(name);
    if (!(pid > 0)) return [];
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      // The name of the program, in brackets, may have anything in it.
      const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
      return state === 'Z' ? [] : [{ pid, parent: Number(parent), command }];
    } catch {
      return []; // it has ended meanwhile
    }
  });
}

/** Children, their children, and so on. */
export function descendants(of: number): Process[] {
  const all = processes();
  const found: Process[] = [];
  for (let layer = [of]; layer.length > 0; ) {
    const below = all.filter(({ parent }) => layer.includes(parent));
    found.push(...below);
    layer = below.map(({ pid }) => pid);
  }
  return found;
}

/** Our language servers below a process; at most one, if all is well. */
export function languageServers(of: number = process.pid): Process[] {
  return descendants(of).filter(({ command }) => /\/dist\/server\.cjs\b/.test(command));
}
