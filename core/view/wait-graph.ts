/** The wait-for graph at an event, as it is drawn: who waits for whom and on what ground, the cycles marked. */

import { type Phrase, phrase, type Say } from '../../protocol/phrase';
import type { TraceState } from '../analyse/facts/state';
import { objectName, type Wording, waitPhrase } from '../analyse/telling/wording';
import { components } from '../analyse/waiting/cycles';
import { type Ground, waitForGraph, waitOf } from '../analyse/waiting/wait-for';
import { completed, eventAt } from '../trace/trace';

export interface WaitNode {
  goroutine: number;
  path: string;
  function: string;
  /** `waits for mu`; undefined for one that can go on. */
  waits?: string;
  /** The event that began the wait. */
  event: number;
  held: string[];
  inCycle: boolean;
}

export interface WaitLink {
  from: number;
  to: number;
  ground: Ground;
  /** `holds mu`, `received from ch before`. */
  label: string;
  /** Event that shows it. */
  evidence: number;
  inCycle: boolean;
}

export interface WaitGraph {
  nodes: WaitNode[];
  links: WaitLink[];
  /** Goroutines that wait and are not drawn, because there are too many. */
  more: number;
}

/** A drawing of more than so many goroutines tells nobody anything. */
export const MAX_NODES = 40;

/** Guesses (`made`) are shown only for a goroutine of whom nothing better is known. */
export function waitGraph(wording: Wording, state: TraceState, say: Say): WaitGraph {
  const { trace, names, history } = wording;
  const graph = waitForGraph(trace, state, history);
  const known = new Set(graph.edges.filter(({ ground }) => ground !== 'made').map(({ from }) => from));
  const edges = graph.edges.filter(({ from, ground }) => ground !== 'made' || !known.has(from));
  const sure = edges.filter(({ ground }) => ground !== 'made');
  const cycles = components(sure);
  const cycleOf = new Map(cycles.flatMap((members, index) => members.map((member) => [member, index] as const)));
  const order = [
    ...cycleOf.keys(),
    ...graph.waits.map(({ goroutine }) => goroutine).filter((goroutine) => !cycleOf.has(goroutine)),
    ...edges.map(({ to }) => to),
  ];
  const all = [...new Set(order)];
  const drawn = new Set(all.slice(0, MAX_NODES));
  const nodes = [...drawn].map((goroutine): WaitNode => {
    const wait = waitOf(trace, state, goroutine);
    const { held, last } = state.goroutines[goroutine]!;
    return {
      goroutine,
      path: trace.header.goroutines[goroutine]!.path,
      function: names.functions[goroutine] ?? '',
      ...(wait ? { waits: say(waitPhrase(wording, wait)) } : {}),
      event: wait?.event ?? last,
      held: held.map(({ object }) => objectName(wording, object)),
      inCycle: cycleOf.has(goroutine),
    };
  });
  const links = edges
    .filter(({ from, to }) => drawn.has(from) && drawn.has(to))
    .map(
      ({ from, to, ground, object, evidence }): WaitLink => ({
        from,
        to,
        ground,
        label: say(groundLabel(wording, ground, object, evidence)),
        evidence,
        inCycle: ground !== 'made' && cycleOf.has(from) && cycleOf.get(from) === cycleOf.get(to),
      }),
    );
  return { nodes, links, more: all.length - drawn.size };
}

function groundLabel(wording: Wording, ground: Ground, object: number, evidence: number): Phrase {
  const name = object < 0 ? '' : objectName(wording, object);
  if (ground === 'holds') return phrase`holds ${name}`;
  if (evidence < 0) return ground === 'used' ? phrase`used ${name} before` : phrase`knows ${name}`;
  const event = eventAt(wording.trace, evidence);
  if (ground === 'made') return name === '' ? phrase`may help` : phrase`may know ${name}`;
  switch (event.operation) {
    case 'go':
      return name === '' ? phrase`was started for it` : phrase`was started for ${name}`;
    case 'receive':
      return completed(event) ? phrase`received from ${name} before` : phrase`would receive from ${name}`;
    case 'send':
      return completed(event) ? phrase`sent on ${name} before` : phrase`would send on ${name}`;
    default:
      return phrase`used ${name} before`;
  }
}
