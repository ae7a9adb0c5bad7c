/** The runs that the page has: the finding's own, and what the engine made of it. */
import type { Filter, Layout, PageFacts, Surprises } from './worker-messages';

export interface Run {
  /** Number in the worker. */
  number: number;
  /** What the extension calls it; undefined for the finding's own. */
  name?: string;
  title: string;
  /** What it showed. */
  outcome: string;
  passed: boolean;
  facts: PageFacts;
  layout: Layout;
  /** What the layout shows, and what it showed first: everything. */
  filter: Filter;
  first: Filter;
  surprises: Surprises;
  /** Chosen event, -1 for none. */
  event: number;
  /** The steps of its schedule are known. */
  hasSteps: boolean;
}
