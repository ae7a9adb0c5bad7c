/**
 * The trace page. Bytes come by message and are read in the page's worker; the extension is asked for nothing but to show
 * a line, to run the test in another order, to replay, to copy, or to show the text.
 */
import type { FromTracePage, ToTracePage, TracePageState } from '../protocol/webview';
import { Asking } from './asking';
import { showProblem } from './problem';
import { Reader } from './reader';
import { speak, t } from './words';

declare function acquireVsCodeApi(): {
  postMessage(message: FromTracePage): void;
  setState(state: TracePageState): void;
};

const vscode = acquireVsCodeApi();
const script = document.currentScript instanceof HTMLScriptElement ? document.currentScript : undefined;
const tell = (message: FromTracePage): void => vscode.postMessage(message);

let reader: Reader | undefined;
const starting = Asking.start(script?.dataset.worker ?? 'worker.js').catch((error: unknown) => {
  showProblem(document.body, t`The page's worker cannot be started: ${String(error)}`);
  return undefined;
});

window.addEventListener('message', ({ data }: MessageEvent<ToTracePage>) => {
  void starting.then((asking) => {
    // It is built in the language that it is told first.
    if (asking && data.type === 'trace') reader ??= new Reader(document.body, asking, tell);
    receive(data);
  });
});
tell({ type: 'ready' });

function receive(message: ToTracePage): void {
  switch (message.type) {
    case 'language':
      document.documentElement.lang = message.language;
      speak(message.translations);
      return;
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
