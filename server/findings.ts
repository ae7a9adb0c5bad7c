/** The findings of every module that matters to this session: read from the stores, tied to the source. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Range } from 'vscode-languageserver/node';
import { otherSites } from '../core/analyse/telling/also-seen';
import { readCounts } from '../engine/store/counts';
import { readFindings, type Store, storeOf } from '../engine/store/store';
import type { Finding, FindingSite, OutcomeCount } from '../protocol/finding';
import { type Anchor, anchorOf, placeAnchor } from './anchor';
import type { Analysis } from './documents/analysis';
import { fileOf, uriOf } from './modules';
import { characterOf } from './positions';

interface KnownFinding {
  finding: Finding;
  /** The finding as JSON: while it is the same, its anchors stay what they are. */
  json: string;
  /** One for each site, and for each where else it was seen. */
  anchors: Anchor[];
}

export interface PlacedSite {
  site: FindingSite;
  uri: string;
  range: Range;
}

/** A finding at its place in the text as it is now. */
export interface PlacedFinding {
  /** Absolute path of the module. */
  root: string;
  finding: Finding;
  /** False when code that took part has been edited since. */
  current: boolean;
  /** Where the squiggle goes. */
  primary: PlacedSite;
  /** Every site that can still be found, the first among them. */
  sites: PlacedSite[];
  /** Where else it was seen. */
  others: PlacedSite[];
}

export class Findings {
  /** Another number whenever a load has found something else than was known. */
  revision = 0;
  private readonly modules = new Map<string, readonly KnownFinding[]>();
  private readonly outcomeCounts = new Map<string, readonly OutcomeCount[]>();
  /** The newest load of each module; results of older ones are dropped. */
  private readonly loads = new Map<string, symbol>();

  constructor(
    private readonly analysis: Analysis,
    private readonly warn: (warning: string) => void,
    /** Called before the store of a module is read. */
    private readonly onLoad: (root: string) => void,
  ) {}

  roots(): string[] {
    return [...this.modules.keys()];
  }

  knows(root: string): boolean {
    return this.modules.has(root);
  }

  /** What happened next at the sites of a module, for files that are still as they were when it was counted. */
  counts(root: string): readonly OutcomeCount[] {
    return this.outcomeCounts.get(root) ?? [];
  }

  find(root: string, id: string): Finding | undefined {
    return this.modules.get(root)?.find(({ finding }) => finding.id === id)?.finding;
  }

  /** Everything that is stored, also what has no place in the source any more. */
  all(): { root: string; finding: Finding }[] {
    return [...this.modules].flatMap(([root, known]) => known.map(({ finding }) => ({ root, finding })));
  }

  /** Reads the store of a module anew. False when a newer load of it has begun meanwhile. */
  async load(root: string): Promise<boolean> {
    const mine = Symbol(root);
    this.loads.set(root, mine);
    const store = storeOf(root);
    this.onLoad(root);
    const { findings, warnings } = await readFindings(store);
    const before = new Map(this.modules.get(root)?.map((known) => [known.finding.id, known]));
    const known: KnownFinding[] = [];
    for (const finding of findings) {
      const json = JSON.stringify(finding);
      const old = before.get(finding.id);
      known.push(old?.json === json ? old : { finding, json, anchors: await this.anchor(store, finding) });
    }
    const counts = await readCounts(store);
    if (this.loads.get(root) !== mine) return false;
    if (known.length !== before.size || known.some((one) => before.get(one.finding.id) !== one)) this.revision++;
    this.modules.set(root, known);
    this.outcomeCounts.set(root, counts);
    for (const warning of warnings) this.warn(warning);
    return true;
  }

  /** Every finding whose main place still exists. */
  async placed(): Promise<PlacedFinding[]> {
    const placed: PlacedFinding[] = [];
    for (const [root, findings] of this.modules) {
      for (const known of findings) {
        const one = await this.place(root, known);
        if (one !== undefined) placed.push(one);
      }
    }
    return placed;
  }

  /** A file that was saved after the finding was written may not be what the finding was made with. */
  private async anchor(store: Store, finding: Finding): Promise<Anchor[]> {
    const writtenAt = await stat(join(store.directory, 'findings', `${finding.id}.json`)).then(
      ({ mtimeMs }) => mtimeMs,
      () => 0,
    );
    const anchors: Anchor[] = [];
    for (const site of [...finding.sites, ...otherSites(finding)]) {
      const file = fileOf(store.module, site.file);
      const saved = file === undefined ? undefined : await this.analysis.sourceOnDisk(uriOf(file));
      const known = saved !== undefined && saved.savedAt <= writtenAt;
      anchors.push(anchorOf(saved?.source, site.line - 1, known));
    }
    return anchors;
  }

  private async place(root: string, { finding, anchors }: KnownFinding): Promise<PlacedFinding | undefined> {
    let current = true;
    const sites: PlacedSite[] = [];
    const others: PlacedSite[] = [];
    for (const [index, site] of [...finding.sites, ...otherSites(finding)].entries()) {
      const isOwn = index < finding.sites.length;
      const file = fileOf(root, site.file);
      const anchor = anchors[index];
      if (file === undefined || anchor === undefined) continue;
      const uri = uriOf(file);
      const source = await this.analysis.source(uri);
      const placement = placeAnchor(source, anchor);
      if (isOwn && !placement?.current) current = false;
      if (placement === undefined) {
        // Without its main place there is nothing to mark.
        if (index === 0) return undefined;
        continue;
      }
      const line = source?.lines[placement.line] ?? '';
      (isOwn ? sites : others).push({ site, uri, range: rangeOn(placement.line, line, site.column) });
    }
    const primary = sites[0];
    return primary === undefined ? undefined : { root, finding, current, primary, sites, others };
  }
}

/** From the site to the end of its line, without a comment and without the brace that opens a block. */
function rangeOn(line: number, text: string, column: number): Range {
  const character = characterOf(text, column);
  const rest = text
    .slice(character)
    .replace(/\s+\/\/.*$/, '')
    .replace(/\s*\{?\s*$/, '');
  return { start: { line, character }, end: { line, character: character + Math.max(rest.length, 1) } };
}
