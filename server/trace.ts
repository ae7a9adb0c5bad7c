/** lockstep/trace and lockstep/traceText: where the trace of a finding is, and what it says as text. */
import { readFile } from 'node:fs/promises';
import { readTrace } from '../core/trace/read';
import { printWithSurprises } from '../core/view/page';
import { turnsOf } from '../engine/replay/branch';
import { readSchedule, storeOf, tracePath } from '../engine/store/store';
import { errorText } from '../engine/system/attempt';
import type { Finding, OutcomeCount } from '../protocol/finding';
import { type FindingReference, TRACE, TRACE_TEXT, type TraceResult, type TraceTextResult } from '../protocol/messages';
import { fileOf, pathOf, uriOf } from './modules';
import { onRequest } from './requests';
import type { ServerContext } from './server-context';
import { fields, findingReference } from './shapes';
import { say, spoken, t } from './words';

type TraceFile = { type: 'file'; root: string; path: string; finding: Finding } | { type: 'problem'; problem: string };

export function register(context: ServerContext): void {
  onRequest(context, TRACE, fields(findingReference), async (reference: FindingReference): Promise<TraceResult> => {
    const file = await traceFile(context, reference);
    if (file.type === 'problem') return file;
    const { finding, root, path } = file;
    const schedule = await readSchedule(storeOf(root), finding);
    const known = schedule.ok ? schedule.value : undefined;
    const files = new Set([...(known?.sites ?? []), ...finding.sites].map((site) => site.file));
    return {
      type: 'trace',
      uri: uriOf(path),
      root: reference.root,
      finding: spoken(finding),
      turns: known ? turnsOf(known) : [],
      counts: context.findings.counts(root).filter((count) => files.has(count.file)),
    };
  });
  onRequest(
    context,
    TRACE_TEXT,
    fields(findingReference),
    async (reference: FindingReference): Promise<TraceTextResult> => {
      const file = await traceFile(context, reference);
      return file.type === 'problem' ? file : textOf(file.path, context.findings.counts(file.root));
    },
  );
}

async function traceFile({ findings }: ServerContext, { root, id }: FindingReference): Promise<TraceFile> {
  const module = pathOf(root);
  if (module === undefined) return { type: 'problem', problem: t`${root} is not a folder on this machine.` };
  if (!findings.knows(module)) await findings.load(module);
  const finding = findings.find(module, id);
  if (finding === undefined) return { type: 'problem', problem: t`This finding is not in the store any more.` };
  const store = storeOf(module);
  const path = tracePath(store, finding);
  // Findings are files that anyone may have written: their paths stay in the store.
  if (path === undefined || fileOf(store.directory, finding.trace ?? '') !== path) {
    return { type: 'problem', problem: t`This finding has no trace. Replay it to get one.` };
  }
  return { type: 'file', root: module, path, finding };
}

async function textOf(path: string, counts: readonly OutcomeCount[]): Promise<TraceTextResult> {
  try {
    const { trace, said } = readTrace(await readFile(path));
    if (trace === undefined) {
      const [problem] = said;
      return { type: 'problem', problem: problem ? say(problem) : t`The trace cannot be read.` };
    }
    return {
      type: 'text',
      text: `${said.map((problem) => `// ${say(problem)}\n`).join('')}${printWithSurprises(trace, counts)}`,
    };
  } catch (error) {
    return { type: 'problem', problem: t`The trace cannot be read: ${errorText(error)}` };
  }
}
