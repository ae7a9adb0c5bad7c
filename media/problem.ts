/** Instead of a trace: why there is none. */
import { element } from './elements';
import { t } from './words';

export function showProblem(body: HTMLElement, problem: string): void {
  for (const child of [...body.children]) if (child.tagName !== 'SCRIPT') child.remove();
  body.append(
    element('main', { class: 'none' }, element('h1', {}, t`No trace`), element('p', { role: 'status' }, problem)),
  );
}
