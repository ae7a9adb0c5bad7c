// A long trace as a server might leave it: workers that take from a channel, lock, touch what they share and answer.

import { emptyHeader } from '../../core/trace/write.ts';
import { OPERATIONS, PHASES } from '../../protocol/trace.ts';

const NONE = -1;
const code = (operation, phase = 'done') => OPERATIONS.indexOf(operation) | (PHASES.indexOf(phase) << 8);

/** A trace of about `events` events by `workers` goroutines; every fourth lock has to wait. At most so many and valid. */
export function longTrace(events, workers) {
  const header = emptyHeader();
  const words = new Int32Array((events + 64) * 8);
  let count = 0;
  const site = (operation, line, expression) => {
    header.sites.push({
      id: header.sites.length + 1,
      file: 'pool/pool.go',
      line,
      column: 2,
      operation,
      function: operation === 'go' ? 'TestPool' : '(*Pool).work',
      expression,
    });
    return header.sites.length - 1;
  };
  const sites = {
    go: site('go', 10, 'p.work'),
    send: site('send', 12, 'p.jobs'),
    receive: site('receive', 20, 'p.jobs'),
    lock: site('lock', 22, 'p.mu'),
    write: site('write', 23, 'p.sum'),
    unlock: site('unlock', 24, 'p.mu'),
    wait: site('wg-wait', 14, 'p.wg'),
  };
  Object.assign(header, { package: 'example.com/pool', test: 'TestPool', outcome: 'blocked', strategy: 'random' });
  header.objects = [
    { kind: 'channel', site: sites.send, capacity: 8 },
    ...Array.from({ length: 16 }, () => ({ kind: 'mutex', site: sites.lock })),
    { kind: 'variable', site: sites.write },
    { kind: 'waitgroup', site: sites.wait },
  ];
  header.goroutines = [{ path: '1', site: 0xffffffff }];
  const event = (goroutine, head, object, at, partner = NONE, argument = 0) => {
    words.set([head, goroutine, object, at, partner, argument, count * 50, 0], count * 8);
    return count++;
  };
  event(0, code('start'), NONE, NONE);
  for (let worker = 1; worker <= workers; worker++) {
    header.goroutines.push({ path: `1.${worker}`, site: sites.go });
    const go = event(0, code('go'), NONE, sites.go, NONE, worker);
    event(worker, code('start'), NONE, NONE, go);
  }
  const lastUnlock = new Int32Array(17).fill(NONE);
  let random = 12345;
  const draw = (bound) => {
    random = (Math.imul(random, 1103515245) + 12345) >>> 0;
    return (random >>> 8) % bound;
  };
  while (count < events - 12) {
    const worker = 1 + draw(workers);
    const lock = 1 + draw(16);
    const send = event(0, code('send'), 0, sites.send);
    event(worker, code('receive'), 0, sites.receive, send);
    let other = 1 + draw(workers);
    if (other === worker) other = 1 + (worker % workers);
    event(worker, code('lock'), lock, sites.lock, lastUnlock[lock]);
    const waits = draw(4) === 0 && other !== worker;
    if (waits) event(other, code('lock', 'block'), lock, sites.lock);
    event(worker, code('write'), 17, sites.write, NONE, 8);
    lastUnlock[lock] = event(worker, code('unlock'), lock, sites.unlock);
    if (!waits) continue;
    event(other, code('lock', 'wake'), lock, sites.lock, lastUnlock[lock]);
    lastUnlock[lock] = event(other, code('unlock'), lock, sites.unlock);
  }
  event(0, code('wg-wait', 'block'), 18, sites.wait);
  header.events = count;
  return { header, count, words: words.slice(0, count * 8) };
}
