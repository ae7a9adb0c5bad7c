/**
 * Diagnostics of a file: what the static checks suspect in the text on the screen, and what was found by running,
 * from the store. Sent only when they differ from what the client has.
 */
import {
  type CodeDescription,
  type Connection,
  type Diagnostic,
  type DiagnosticRelatedInformation,
  DiagnosticSeverity,
} from 'vscode-languageserver/node';
import { intendedIn } from '../core/report/intended';
import type { Check } from '../core/static/check';
import { CHECKS } from '../core/static/checks';
import type { Finding } from '../protocol/finding';
import { STATUS, type StatusParams } from '../protocol/messages';
import { type Phrase, phrase } from '../protocol/phrase';
import { type CheckSeverity, COMMANDS, DIAGNOSTIC_SOURCE } from '../protocol/settings';
import type { Findings, PlacedFinding, PlacedSite } from './findings';
import type { SettingsByFolder } from './folder-settings';
import { whoDoes } from './summary';
import { speakerOf, t } from './words';

/** What code actions need to know about a diagnostic; travels in its `data`. */
export type DiagnosticData = { type: 'static'; finding: Finding } | { type: 'dynamic'; root: string; id: string };

export class Diagnostics {
  private readonly suspected = new Map<string, readonly PlacedFinding[]>();
  private readonly sent = new Map<string, string>();
  private placed: readonly PlacedFinding[] = [];
  private refreshing: symbol | undefined;
  /** The findings that the lenses were last asked to show, as JSON. */
  private shown = '[]';
  /** What the last status rested on, as JSON. */
  private told = '';

  constructor(
    private readonly connection: Connection,
    private readonly findings: Findings,
    private readonly settings: SettingsByFolder,
    private readonly onShown: () => void,
  ) {}

  /** The findings of the stores, at their places in the newest text. */
  dynamic(): readonly PlacedFinding[] {
    return this.placed;
  }

  /** What the static checks suspect in an open file, from its newest text. */
  static(uri: string): readonly PlacedFinding[] {
    return this.suspected.get(uri) ?? [];
  }

  /**
   * `file`: of the checks that need only the file; what the others said of it stays until they have run again.
   */
  setStatic(uri: string, findings: readonly PlacedFinding[], scope: 'file' | 'package' = 'package'): void {
    const kept =
      scope === 'file' ? (this.suspected.get(uri) ?? []).filter(({ finding }) => isWholePackage(finding)) : [];
    if (findings.length + kept.length > 0) this.suspected.set(uri, [...findings, ...kept]);
    else this.suspected.delete(uri);
  }

  /** Places all findings anew and sends what changed. Of overlapping calls only the newest sends. */
  async refresh(): Promise<void> {
    const mine = Symbol('refresh');
    this.refreshing = mine;
    const placed = await this.findings.placed();
    if (this.refreshing !== mine) return;
    this.placed = placed;
    const byFile = new Map<string, Diagnostic[]>();
    const add = (uri: string, diagnostic: Diagnostic) => {
      const list = byFile.get(uri);
      if (list === undefined) byFile.set(uri, [diagnostic]);
      else list.push(diagnostic);
    };
    for (const finding of placed) if (!this.isIntended(finding)) add(finding.primary.uri, dynamicDiagnostic(finding));
    for (const [uri, findings] of this.suspected) {
      for (const finding of findings) {
        const severity = this.isIntended(finding) ? undefined : this.severityOf(finding);
        if (severity !== undefined && !isShownByRunning(finding, placed)) add(uri, staticDiagnostic(finding, severity));
      }
    }
    await this.send(byFile);
    // Lenses that are drawn anew lose a click that is under way, so only for what they show.
    const shown = JSON.stringify(placed);
    if (shown === this.shown) return;
    this.shown = shown;
    this.onShown();
  }

  private async send(byFile: Map<string, Diagnostic[]>): Promise<void> {
    const sending: Promise<void>[] = [];
    for (const uri of new Set([...this.sent.keys(), ...byFile.keys()])) {
      const diagnostics = byFile.get(uri) ?? [];
      const json = JSON.stringify(diagnostics);
      if (this.sent.get(uri) === json) continue;
      if (diagnostics.length > 0) this.sent.set(uri, json);
      else this.sent.delete(uri);
      sending.push(this.connection.sendDiagnostics({ uri, diagnostics }));
    }
    await Promise.all(sending);
    const told = JSON.stringify([
      this.status(),
      this.placed.map(({ finding, current }) => [finding.id, current]),
      // What has no place any more is in lists all the same.
      this.findings.revision,
    ]);
    if (sending.length === 0 && told === this.told) return;
    this.told = told;
    await this.connection.sendNotification(STATUS, this.status());
  }

  private status(): StatusParams {
    const status: StatusParams = { confirmed: 0, predicted: 0, suspected: 0 };
    for (const placed of this.placed) if (placed.current && !this.isIntended(placed)) status[placed.finding.verdict]++;
    status.suspected += this.suspicions().filter((placed) => !this.isIntended(placed)).length;
    return status;
  }

  /** What is suspected in open files by checks that are not off, and was not shown by running. */
  suspicions(): PlacedFinding[] {
    return [...this.suspected.values()]
      .flat()
      .filter((placed) => this.severityOf(placed) !== undefined && !isShownByRunning(placed, this.placed));
  }

  private isIntended({ finding, primary }: PlacedFinding): boolean {
    return intendedIn(finding, this.settings.of(primary.uri).intended) !== undefined;
  }

  /** Undefined when the user switched the check off. */
  private severityOf({ finding: { analysis }, primary }: PlacedFinding): DiagnosticSeverity | undefined {
    const { checks } = this.settings.of(primary.uri);
    return SEVERITIES[checks[analysis.name] ?? BY_NAME.get(analysis.name)?.severity ?? 'warning'];
  }
}

const BY_NAME: ReadonlyMap<string, Check> = new Map(CHECKS.map((check) => [check.name, check]));
const isWholePackage = ({ analysis }: Finding): boolean => BY_NAME.get(analysis.name)?.wholePackage === true;

/** A suspicion says nothing more where running has shown what goes wrong at that line. */
function isShownByRunning(suspected: PlacedFinding, placed: readonly PlacedFinding[]): boolean {
  return placed.some(
    ({ finding, current, sites }) =>
      current &&
      finding.verdict === 'confirmed' &&
      sites.some(
        ({ uri, range }) => uri === suspected.primary.uri && range.start.line === suspected.primary.range.start.line,
      ),
  );
}

const SEVERITIES: Record<CheckSeverity, DiagnosticSeverity | undefined> = {
  off: undefined,
  hint: DiagnosticSeverity.Hint,
  information: DiagnosticSeverity.Information,
  warning: DiagnosticSeverity.Warning,
  error: DiagnosticSeverity.Error,
};

function staticDiagnostic(placed: PlacedFinding, severity: DiagnosticSeverity): Diagnostic {
  const { finding, primary, sites } = placed;
  // Sent with every key stroke: what it says has been translated.
  const { phrases, ...told } = finding;
  const data: DiagnosticData = { type: 'static', finding: told };
  return {
    range: primary.range,
    severity,
    source: DIAGNOSTIC_SOURCE,
    code: finding.analysis.name,
    codeDescription: pageOf(finding),
    message: speakerOf(finding)(finding.message),
    relatedInformation: sites.slice(1).map((site) => relatedInformation(finding, site)),
    data,
  };
}

function dynamicDiagnostic({ root, finding, current, primary, sites, others }: PlacedFinding): Diagnostic {
  const data: DiagnosticData = { type: 'dynamic', root, id: finding.id };
  const message = speakerOf(finding)(finding.message);
  return {
    range: primary.range,
    severity: current ? severityOfVerdict(finding) : DiagnosticSeverity.Hint,
    source: DIAGNOSTIC_SOURCE,
    code: finding.kind,
    codeDescription: pageOf(finding),
    message: current
      ? t`${message} (${evidence(finding)})`
      : t`May be out of date, the code has changed since: ${message}`,
    relatedInformation: [...sites, ...others].map((site) => relatedInformation(finding, site)),
    data,
  };
}

/** A click on the code opens the page that explains it; the client has the page. */
const pageOf = ({ kind }: Finding): CodeDescription => ({
  href: `command:${COMMANDS.explain}?${encodeURIComponent(JSON.stringify([kind]))}`,
});

function severityOfVerdict({ verdict, kind }: Finding): DiagnosticSeverity {
  if (verdict !== 'confirmed') return DiagnosticSeverity.Warning;
  return kind === 'goroutine-leak' ? DiagnosticSeverity.Warning : DiagnosticSeverity.Error;
}

/** `confirmed: replayed 5 of 5`: how sure it is. */
function evidence({ verdict, stats, foreign }: Finding): Phrase {
  const isReplayed = verdict === 'confirmed' && stats !== undefined && stats.replays > 0;
  const sure = isReplayed ? phrase`confirmed: replayed ${stats.replayed} of ${stats.replays}` : VERDICTS[verdict];
  return foreign ? phrase`${sure}; code outside of Lockstep’s control took part` : sure;
}

const VERDICTS: Readonly<Record<Finding['verdict'], Phrase>> = {
  confirmed: phrase`confirmed`,
  predicted: phrase`predicted`,
  suspected: phrase`suspected`,
};

function relatedInformation(finding: Finding, { site, uri, range }: PlacedSite): DiagnosticRelatedInformation {
  return { location: { uri, range }, message: whoDoes(site, speakerOf(finding)) };
}
