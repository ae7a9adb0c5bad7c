/**
 * Workflow commands of GitHub Actions, which become annotations of the lines they name
 * (https://docs.github.com/actions/reference/workflow-commands-for-github-actions). Paths are relative to the root of
 * the repository.
 */
import type { Finding } from '../../protocol/finding';
import { separated } from './intended';
import { KIND_TEXTS } from './kinds';
import { type Level, levelOf, type Report, utf16Column, whereOf } from './report';

/** One command a line. */
export function annotationsOf(report: Report): string[] {
  const problems = [...report.problems, ...report.tests.flatMap(({ problem }) => problem ?? [])];
  return [
    ...separated(report.findings).open.map((finding) => annotation(report, finding)),
    ...problems.map((problem) => command('warning', { title: 'Lockstep' }, problem)),
  ];
}

function annotation(report: Report, finding: Finding): string {
  const { kind, verdict, message, explanation, sites, schedule, id } = finding;
  const properties: Record<string, string | number> = {
    title: `${KIND_TEXTS[kind].title} (${verdict}) in ${whereOf(finding)}`,
  };
  const [site] = sites;
  if (site && site.file !== '') {
    const { file, line, column } = site;
    Object.assign(properties, { file, line, col: utf16Column(report.line(file, line), column) });
  }
  const steps = explanation.map((step, index) => `${index + 1}. ${step}`);
  const again = schedule === undefined ? [] : [`Again: lockstep replay ${id}`];
  return command(ANNOTATIONS[levelOf(finding)], properties, [`${message}.`, ...steps, ...again].join('\n'));
}

/** GitHub's words. */
const ANNOTATIONS: Record<Level, string> = { error: 'error', warning: 'warning', note: 'notice' };

function command(name: string, properties: Record<string, string | number>, message: string): string {
  const written = Object.entries(properties).map(([key, value]) => `${key}=${escapeProperty(String(value))}`);
  return `::${name} ${written.join(',')}::${escapeData(message)}`;
}

const escapeData = (text: string): string =>
  text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');

const escapeProperty = (text: string): string => escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
