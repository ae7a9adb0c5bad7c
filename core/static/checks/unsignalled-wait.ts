/** Somebody waits for a group or condition that nobody in the package ever signals. */
import { phrase } from '../../../protocol/phrase';
import type { Analysed } from '../analysed';
import type { Check } from '../check';
import type { Op } from '../flow/operations';
import { site, textOf } from './reporting';

export const unsignalledWait: Check = {
  name: 'unsignalled-wait',
  title: 'Wait that nothing ends',
  summary: 'A WaitGroup is added to and waited for but nobody calls Done, or nobody signals a Cond that is waited for.',
  explanation:
    'The group or condition is a field that only this package can name, and in all of it nobody calls `Done` (`Signal`, `Broadcast`): whoever waits, waits for ever.',
  cwe: 833,
  wholePackage: true,
  severity: 'warning',
  examples: [
    {
      wrong:
        'type server struct { tasks sync.WaitGroup }\n\nfunc (s *server) start(f func()) {\n\ts.tasks.Add(1)\n\tgo f()\n}\n\nfunc (s *server) stop() { s.tasks.Wait() }',
      right:
        'type server struct { tasks sync.WaitGroup }\n\nfunc (s *server) start(f func()) {\n\ts.tasks.Add(1)\n\tgo func() {\n\t\tdefer s.tasks.Done()\n\t\tf()\n\t}()\n}\n\nfunc (s *server) stop() { s.tasks.Wait() }',
    },
    {
      wrong:
        'type plugin struct { ready *sync.Cond; active bool }\n\nfunc newPlugin() *plugin { return &plugin{ready: sync.NewCond(&sync.Mutex{})} }\n\nfunc (p *plugin) wait() {\n\tp.ready.L.Lock()\n\tfor !p.active {\n\t\tp.ready.Wait()\n\t}\n\tp.ready.L.Unlock()\n}',
      right:
        'type plugin struct { ready *sync.Cond; active bool }\n\nfunc newPlugin() *plugin { return &plugin{ready: sync.NewCond(&sync.Mutex{})} }\n\nfunc (p *plugin) activate() {\n\tp.ready.L.Lock()\n\tp.active = true\n\tp.ready.L.Unlock()\n\tp.ready.Broadcast()\n}\n\nfunc (p *plugin) wait() {\n\tp.ready.L.Lock()\n\tfor !p.active {\n\t\tp.ready.Wait()\n\t}\n\tp.ready.L.Unlock()\n}',
    },
  ],
  *run(all) {
    const waits = new Map<string, Op>();
    const ended = new Set<string>();
    const added = new Set<string>();
    for (const op of everything(all)) {
      // Whoever else has it may signal it.
      for (const { place, address, write } of op.accesses ?? [])
        if (address || (!write && op.kind === 'access')) ended.add(place.owner);
      for (const place of op.call?.argPlaces ?? []) if (place) ended.add(place.owner);
      if (!op.place) continue;
      const { owner } = op.place;
      if (op.kind === 'wg-done' || op.kind === 'cond-signal' || op.kind === 'cond-broadcast') ended.add(owner);
      if (op.kind === 'wg-add') {
        if (/^[+]?\d|^\w/u.test(op.call?.args[0]?.text ?? '')) added.add(owner);
        else ended.add(owner);
      }
      if (op.kind === 'go') ended.add(owner);
      if ((op.kind === 'wg-wait' || op.kind === 'cond-wait') && !waits.has(owner)) waits.set(owner, op);
    }
    // Who makes the condition may signal it under its own name.
    const makesConds = everything(all).some(({ call }) => call?.name === 'sync.NewCond');
    for (const [owner, op] of waits) {
      if (op.kind === 'cond-wait' && !makesConds) continue;
      if (ended.has(owner) || !isOwn(all, owner) || (op.kind === 'wg-wait' && !added.has(owner))) continue;
      const what = op.kind === 'wg-wait' ? phrase`calls Done of it` : phrase`signals it`;
      yield {
        fn: op.fn,
        message: phrase`${op.fn.name} waits for ${textOf(op)}, but nobody ${what}: it waits for ever`,
        explanation: [phrase`${owner} is used in this package only, and in all of it nobody ${what}.`],
        sites: [site(op, phrase`waits for ever`, op.kind)],
      };
    }
  },
};

const everything = (all: Analysed): Op[] =>
  all.functions().flatMap(({ ops }) => ops.flatMap((op) => (op.inner ? [op, op.inner] : [op])));

/** A field of a type of this package that others cannot name. */
function isOwn(all: Analysed, owner: string): boolean {
  const [type, field, ...others] = owner.split('.');
  if (!type || !field || others.length > 0 || !all.pkg.types.has(type)) return false;
  return /^[\p{Ll}_]/u.test(field) || all.pkg.files.every(({ path }) => /_test\.go$/u.test(path));
}
