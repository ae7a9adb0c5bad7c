/** What an event does, in words. */
import { type Action, targetOf } from '../../trace/execution/actions';
import { actionAt, type Execution, targetName } from '../../trace/execution/execution';

const VERBS: Partial<Record<Action, string>> = {
  read: 'reads',
  write: 'writes',
  load: 'loads',
  store: 'stores',
  update: 'updates',
  acquire: 'acquires',
  'read-acquire': 'acquires for reading',
  release: 'releases',
  'read-release': 'releases for reading',
  request: 'asks for',
  send: 'sends on',
  offer: 'could send on',
  receive: 'receives from',
  close: 'closes',
  'receive-closed': 'finds closed',
  add: 'adds to',
  wait: 'waits for',
  fork: 'forks',
  join: 'joins',
};

/** `T0 writes x`. */
export function phrase(execution: Execution, event: number): string {
  const thread = execution.names.threads[execution.thread[event]!] ?? '?';
  const action = actionAt(execution, event);
  const verb = VERBS[action] ?? action;
  const concerned = targetOf(execution.action[event]!) === 'nothing' ? '' : ` ${targetName(execution, event)}`;
  return `${thread} ${verb}${concerned}`;
}
