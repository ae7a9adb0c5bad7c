/**
 * The trace page. Bytes come by message and are read in the page's worker; the extension is asked for nothing but to show
 * a line, to run the test in another order, to replay, to copy, or to show the text.
 */
import type { FromTracePage, ToTracePage, TracePageState } from '../protocol/webview';
import { Asking } from './asking';
import { showProblem } from './problem';
import { Reader } from './reader';

declare function acquireVsCodeApi(): {
  postMessage(message: FromTracePage): void;
  setState(state: TracePageState): void;
};

const vscode = acquireVsCodeApi();
const script = document.currentScript instanceof HTMLScriptElement ? document.currentScript : undefined;
const tell = (message: FromTracePage): void => vscode.postMessage(message);

let reader: Reader | undefined;
const starting = Asking.start(script?.dataset.worker ?? 'worker.js').then(
  (asking) => {
    reader = new Reader(document.body, asking, tell);
  },
  (error: unknown) => showProblem(document.body, `The page's worker cannot be started: ${String(error)}`),
);

window.addEventListener('message', ({ data }: MessageEvent<ToTracePage>) => {
  void starting.then(() => receive(data));
});
tell({ type: 'ready' });

function receive(message: ToTracePage): void {
  switch (message.type) {
    case 'problem':
      showProblem(document.body, message.problem);
      return;
    case 'refused':
      reader?.refused(message.problem);
      return;
    case 'trace':
      if (message.state) vscode.setState(message.state);
      void reader?.open(message, message.finding);
      return;
    case 'run':
      void reader?.addRun(message);
  }
}
