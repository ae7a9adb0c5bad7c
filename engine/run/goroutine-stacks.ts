/** Reads the stacks that a Go program prints when it panics, dies of a fatal error, or is sent SIGQUIT. */

export interface StackFrame {
  /** As Go prints it: `example.com/m/pkg.(*T).Method.func1`. */
  function: string;
  file: string;
  line: number;
}

export interface GoroutineStack {
  id: number;
  /** `running`, `chan receive, 2 minutes`, `sync.Mutex.Lock` … */
  state: string;
  /** Innermost first. */
  frames: StackFrame[];
  createdBy?: StackFrame;
}

/** Every goroutine in the text, in its order. Lines that do not belong to a stack are passed over. */
export function readStacks(text: string): GoroutineStack[] {
  const stacks: GoroutineStack[] = [];
  let current: GoroutineStack | undefined;
  let named: { function: string; created: boolean } | undefined;
  for (const line of text.split('\n')) {
    const head = /^goroutine (\d+)(?: gp=\S+)?(?: m=.*?)? \[(.*)\]:\s*$/.exec(line);
    if (head) {
      current = { id: Number(head[1]), state: head[2] ?? '', frames: [] };
      stacks.push(current);
      named = undefined;
      continue;
    }
    if (!current) continue;
    const place = /^\s+(\S.*\.(?:go|s)):(\d+)(?: \+0x[0-9a-f]+)?/.exec(line);
    if (place && named) {
      const frame = { function: named.function, file: place[1] ?? '', line: Number(place[2]) };
      if (named.created) current.createdBy = frame;
      else current.frames.push(frame);
      named = undefined;
      continue;
    }
    const created = /^created by (\S+)/.exec(line);
    const called = /^(\S.*)\([^()]*\)$/.exec(line);
    if (created?.[1] !== undefined) named = { function: created[1], created: true };
    else if (called?.[1] !== undefined) named = { function: called[1], created: false };
    else if (line.trim() === '') current = undefined;
  }
  return stacks;
}

/** The innermost frame whose file the caller owns. */
export function frameIn(stack: GoroutineStack, owns: (file: string) => boolean): StackFrame | undefined {
  return (
    stack.frames.find((frame) => owns(frame.file)) ??
    (stack.createdBy && owns(stack.createdBy.file) ? stack.createdBy : undefined)
  );
}
