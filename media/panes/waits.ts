/** Who waits for whom after the chosen event, drawn as a graph; the cycle of a deadlock stands out. */
import { Graph, layout } from '@dagrejs/dagre';
import { around, drawing, element } from '../elements';
import { t } from '../words';
import type { WaitGraph } from '../worker-messages';
import { link, type PaneActions } from './actions';

const LABEL = '\u0001';

const NODE = { width: 226, height: 58 };

export function waitsPane(graph: WaitGraph, actions: PaneActions): HTMLElement {
  const pane = element('div', { class: 'waits' });
  if (graph.nodes.length === 0) {
    pane.append(element('p', { class: 'quiet' }, t`Nobody waits after this event.`));
    return pane;
  }
  pane.append(drawingOf(graph, actions), wordsOf(graph, actions));
  return pane;
}

interface Placed {
  x: number;
  y: number;
}

function drawingOf({ nodes, links }: WaitGraph, actions: PaneActions): SVGElement {
  const laid = new Graph({ multigraph: true });
  laid.setGraph({ rankdir: 'TB', nodesep: 36, ranksep: 42, marginx: 8, marginy: 8 });
  laid.setDefaultEdgeLabel(() => ({}));
  for (const { goroutine } of nodes) laid.setNode(String(goroutine), { ...NODE });
  for (const { from, to, label } of links) {
    laid.setEdge(String(from), String(to), { width: label.length * 6, height: 14, labelpos: 'c' }, `${from} ${to}`);
  }
  layout(laid);
  const size = laid.graph() as { width?: number; height?: number };
  const [width, height] = [Math.ceil(size.width ?? 0), Math.ceil(size.height ?? 0)];
  const picture = drawing('svg', {
    class: 'graph',
    width,
    height,
    viewBox: `0 0 ${width} ${height}`,
    'aria-hidden': 'true',
  });
  picture.append(drawing('defs', {}, head('wait-head', 'head'), head('wait-cycle-head', 'head cycle')));
  for (const edge of links) {
    const { points, x, y } = laid.edge(String(edge.from), String(edge.to), `${edge.from} ${edge.to}`) as {
      points: Placed[];
      x?: number;
      y?: number;
    };
    const text = drawing('text', {
      class: edge.inCycle ? 'edge-label cycle' : 'edge-label',
      x: x ?? 0,
      y: (y ?? 0) - 5,
    });
    text.textContent = edge.label;
    const shape = drawing('path', {
      class: `edge ${edge.ground}${edge.inCycle ? ' cycle' : ''}`,
      d: smooth(points),
      'marker-end': edge.inCycle ? 'url(#wait-cycle-head)' : 'url(#wait-head)',
    });
    const paper = drawing('rect', {
      class: 'paper',
      x: (x ?? 0) - edge.label.length * 3,
      y: (y ?? 0) - 8,
      width: edge.label.length * 6,
      height: 16,
    });
    picture.append(shape, paper, text);
  }
  for (const node of nodes) picture.append(nodeOf(node, laid.node(String(node.goroutine)) as Placed, actions));
  return picture;
}

function head(id: string, name: string): SVGElement {
  const attributes = { id, viewBox: '0 0 8 8', refX: 7, refY: 4, markerWidth: 8, markerHeight: 8, orient: 'auto' };
  return drawing(
    'marker',
    { ...attributes, markerUnits: 'userSpaceOnUse' },
    drawing('path', { class: name, d: 'M0 0 L8 4 L0 8 z' }),
  );
}

/** Through the middles of the pieces, so that bends are round. */
function smooth(points: readonly Placed[]): string {
  const [first, ...rest] = points;
  if (!first) return '';
  const parts = [`M${first.x} ${first.y}`];
  for (const [at, point] of rest.entries()) {
    const next = rest[at + 1];
    if (next) parts.push(`Q${point.x} ${point.y} ${(point.x + next.x) / 2} ${(point.y + next.y) / 2}`);
    else parts.push(`L${point.x} ${point.y}`);
  }
  return parts.join(' ');
}

function nodeOf(node: WaitGraph['nodes'][number], { x, y }: Placed, actions: PaneActions): SVGElement {
  const group = drawing('g', {
    class: node.inCycle ? 'node cycle' : 'node',
    transform: `translate(${x - NODE.width / 2} ${y - NODE.height / 2})`,
  });
  const lines = [
    [`${node.path} ${node.function}`, 'title'],
    [node.waits ?? t`can go on`, ''],
    [node.held.length > 0 ? t`holds ${node.held.join(', ')}` : '', 'held'],
  ] as const;
  group.append(drawing('rect', { width: NODE.width, height: NODE.height, rx: 4 }));
  const shown = lines.filter(([text]) => text !== '');
  for (const [at, [text, name]] of shown.entries()) {
    const line = drawing('text', { class: name, x: 9, y: NODE.height / 2 + 4 + (at - (shown.length - 1) / 2) * 16 });
    line.textContent = text.length > 35 ? `${text.slice(0, 34)}…` : text;
    group.append(line);
  }
  const title = drawing('title');
  title.textContent = lines
    .map(([text]) => text)
    .filter(Boolean)
    .join('\n');
  group.append(title);
  group.addEventListener('click', () => actions.select(node.event));
  return group;
}

/** The same in words: for who cannot see the drawing, and to go to the events. */
function wordsOf({ nodes, links, more }: WaitGraph, actions: PaneActions): HTMLElement {
  const name = new Map(nodes.map(({ goroutine, path }) => [goroutine, path]));
  const cycle = nodes.filter(({ inCycle }) => inCycle).map(({ path }) => path);
  const items = links.map(({ from, to, label, evidence, inCycle }) =>
    element(
      'li',
      { class: inCycle ? 'cycle' : '' },
      ...around(t`${name.get(from) ?? '?'} waits for ${name.get(to) ?? '?'}, which ${LABEL}`, {
        [LABEL]: evidence < 0 ? new Text(label) : link(label, () => actions.select(evidence)),
      }),
    ),
  );
  const alone = nodes.filter(({ goroutine, waits }) => waits && !links.some(({ from }) => from === goroutine));
  for (const { path, waits } of alone)
    items.push(element('li', {}, t`${path} ${waits ?? ''}, and nobody is known who could end that`));
  const said = cycle.length > 0 ? [element('p', {}, t`${cycle.join(', ')} wait for each other.`)] : [];
  const left = more > 0 ? [element('p', { class: 'quiet' }, t`${more} more goroutines are not drawn.`)] : [];
  return element('div', { class: 'waits-words' }, ...said, element('ul', {}, ...items), ...left);
}
