/** `lockstep bench goker --json`: what became of each kernel of a GoBench checkout. */
import type { FindingKind } from './finding';

export type GokerSet = 'blocking' | 'nonblocking';

export interface GokerKernel {
  /** Project and number, as in GoBench's own lists: `etcd_7443`. */
  id: string;
  set: GokerSet;
  /** GoBench's own words: `Resource Deadlock`, `AB-BA deadlock`. */
  type: string;
  subtype: string;
  /** Something was found in the kernel's own file. */
  found: boolean;
  kind?: FindingKind;
  /** The kind, and what the finding is about, are what GoBench says the bug is: core/benchmark/goker-kinds. */
  kindRight: boolean;
  /** `file:line` of the finding's first site, from the folder with the kernels. */
  site?: string;
  /** `file:line` of every operation, but go, of the findings that are what GoBench says the bug is. */
  sites: string[];
  /** The finding's message. */
  message?: string;
  /** Number of the schedule that showed it first, or of the schedules that did not. */
  schedules: number;
  /** Wall seconds from the start of its exploration to that schedule, or to the end. */
  seconds: number;
  /** Wall seconds of compiling and linking this kernel; what all share is in GokerDocument. */
  buildSeconds: number;
  /** Replays, each in a fresh process, and how many of them showed it again. */
  replays: number;
  replayed: number;
  /** Kinds and places of what else was found in this kernel until then. */
  others: string[];
  /** One sentence when the kernel could not be built or explored. */
  problem?: string;
}

export interface GokerDocument {
  version: 1;
  kernels: GokerKernel[];
  /** As in `go1.26.8`. */
  goVersion: string;
  /** Decimal u64: the same seed, and as many processes at once, run the same schedules. */
  seed: string;
  /** Bound on each kernel's exploration, in wall seconds. */
  budgetSeconds: number;
  /** Wall seconds of preparing the tracer, of instrumenting all kernels, and of compiling them all. */
  build: { tracer: number; rewrite: number; compile: number };
  problems: string[];
  /** It was ended early: the kernels are those explored until then. */
  cancelled: boolean;
}
