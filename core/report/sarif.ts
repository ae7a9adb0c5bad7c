/**
 * SARIF 2.1.0 (OASIS, https://docs.oasis-open.org/sarif/sarif/v2.1.0/), as code scanning services and editors read it.
 * Numbers in comments are sections of that document.
 */
import type {
  ArtifactLocation,
  CodeFlow,
  Fix,
  Location,
  Log,
  Notification,
  PhysicalLocation,
  Region,
  ReportingDescriptor,
  Result,
  ThreadFlowLocation,
} from 'sarif';
import { FINDING_KINDS, type Finding, type FindingKind, type FindingStep } from '../../protocol/finding';
import { distinctSites } from '../analyse/analysis';
import { viewsOf } from '../analyse/telling/also-seen';
import { pageOf } from './finding-page';
import { KIND_TEXTS } from './kinds';
import { levelOf, type Report, utf16Column } from './report';

const SCHEMA = 'https://json.schemastore.org/sarif-2.1.0.json';
/** What relative paths are relative to; the reader knows where that is (3.14.14). */
const ROOT = '%SRCROOT%';

export interface SarifOptions {
  version: string;
  /** What was run: `test`, `check`. */
  verb: string;
  /** Where the files of this Lockstep can be read, with a slash at the end; left out: nowhere. */
  home?: string;
}

export function sarifOf(report: Report, { version, verb, home }: SarifOptions): Log {
  return {
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'Lockstep',
            semanticVersion: version,
            rules: FINDING_KINDS.map((kind) => ruleOf(kind, home)),
          },
        },
        automationDetails: { id: `lockstep/${verb}/` },
        columnKind: 'utf16CodeUnits',
        originalUriBaseIds: { [ROOT]: { description: { text: 'The root of the repository.' } } },
        invocations: [
          { executionSuccessful: report.problems.length === 0, toolExecutionNotifications: notificationsOf(report) },
        ],
        results: report.findings.map((finding) => resultOf(report, finding)),
      },
    ],
  };
}

const notificationsOf = ({ problems, tests }: Report): Notification[] =>
  [...problems, ...tests.flatMap(({ problem }) => problem ?? [])].map((text) => ({
    level: 'warning',
    message: { text },
  }));

function ruleOf(kind: FindingKind, home: string | undefined): ReportingDescriptor {
  const { title, about, remedy, cwe } = KIND_TEXTS[kind];
  return {
    id: kind,
    name: kind.replace(/(?:^|-)(\w)/gu, (_, letter: string) => letter.toUpperCase()),
    shortDescription: { text: `${title}.` },
    fullDescription: { text: about },
    help: { text: `${about}\n\n${remedy}`, markdown: `${about}\n\n**What to do:** ${remedy}` },
    ...(home === undefined ? {} : { helpUri: `${home}${pageOf(kind)}` }),
    defaultConfiguration: { level: 'error' },
    properties: { tags: ['concurrency', ...(cwe === undefined ? [] : [`external/cwe/cwe-${cwe}`])] },
  };
}

function resultOf(report: Report, finding: Finding): Result {
  const { id, kind, verdict, message, test, stats, schedule, fixes, intended } = finding;
  const sites = distinctSites(viewsOf(finding).flatMap((view) => view.sites));
  const [first, ...others] = sites.filter(({ file }) => file !== '');
  const result: Result = {
    ruleId: kind,
    ruleIndex: FINDING_KINDS.indexOf(kind),
    level: levelOf(finding),
    message: { text: `${message}.` },
    partialFingerprints: { 'lockstep/v1': id },
    properties: {
      verdict,
      package: finding.package,
      analysis: finding.analysis,
      ...(test === undefined ? {} : { test }),
      ...(stats ? { stats } : {}),
      ...(schedule === undefined ? {} : { replay: `lockstep replay ${id}` }),
    },
  };
  if (first) result.locations = [locationOf(report, first)];
  if (others.length > 0) {
    result.relatedLocations = others.map((site, index) => ({ id: index + 1, ...locationOf(report, site, site.role) }));
  }
  const flows = codeFlowsOf(report, finding);
  if (flows.length > 0) result.codeFlows = flows;
  // 3.27.23: who reads this shows no problem, and why.
  if (intended !== undefined) result.suppressions = [{ kind: 'external', status: 'accepted', justification: intended }];
  if (fixes && fixes.length > 0) result.fixes = fixes.map((fix) => fixOf(report, fix));
  return result;
}

interface Place {
  file: string;
  line: number;
  column: number;
}

const locationOf = (report: Report, place: Place, text?: string): Location => ({
  physicalLocation: physicalOf(report, place),
  ...(text === undefined ? {} : { message: { text } }),
});

function physicalOf(report: Report, { file, line, column }: Place): PhysicalLocation {
  const text = report.line(file, line);
  const region: Region = { startLine: line, startColumn: utf16Column(text, column) };
  if (text !== undefined) region.snippet = { text };
  return { artifactLocation: artifactOf(file), region };
}

/** A file outside of the repository has an absolute path. */
function artifactOf(file: string): ArtifactLocation {
  const uri = file.split('/').map(encodeSegment).join('/');
  if (/^[a-z]:\//iu.test(file)) return { uri: `file:///${uri}` };
  return file.startsWith('/') ? { uri: `file://${uri}` } : { uri, uriBaseId: ROOT };
}

/** A lone surrogate, which a name on a disk may have, has no place in a URI. */
const encodeSegment = (name: string): string => encodeURIComponent(name.replace(/\p{Surrogate}/gu, '\ufffd'));

/** All in one flow, as the goroutines took turns; and, for readers that can tell threads apart, each by itself. */
function codeFlowsOf(report: Report, { steps = [] }: Finding): CodeFlow[] {
  if (steps.length === 0) return [];
  const locations = steps.map((step, index) => ({ step, at: flowLocation(report, step, index) }));
  const paths = [...new Set(steps.map(({ goroutine }) => goroutine))];
  const inOrder: CodeFlow = {
    message: { text: 'In the order in which it happened' },
    threadFlows: [{ locations: locations.map(({ at }) => at) }],
  };
  if (paths.length < 2) return [inOrder];
  return [
    inOrder,
    {
      message: { text: 'Goroutine by goroutine' },
      threadFlows: paths.map((path) => ({
        id: `goroutine ${path}`,
        locations: locations.filter(({ step }) => step.goroutine === path).map(({ at }) => at),
      })),
    },
  ];
}

const flowLocation = (report: Report, step: FindingStep, index: number): ThreadFlowLocation => ({
  location: locationOf(report, step, step.text),
  executionOrder: index + 1,
});

function fixOf(report: Report, { title, edits }: NonNullable<Finding['fixes']>[number]): Fix {
  const files = [...new Set(edits.map(({ file }) => file))];
  return {
    description: { text: title },
    artifactChanges: files.map((file) => ({
      artifactLocation: artifactOf(file),
      replacements: edits
        .filter((edit) => edit.file === file)
        .map(({ start, end, text }) => ({
          deletedRegion: {
            startLine: start.line,
            startColumn: utf16Column(report.line(file, start.line), start.column),
            endLine: end.line,
            endColumn: utf16Column(report.line(file, end.line), end.column),
          },
          insertedContent: { text },
        })),
    })),
  };
}
