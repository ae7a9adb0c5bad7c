/** The document of the trace page. It loads only files of dist/media and gets its data by message. */

export interface PageFiles {
  /** Where a file of dist/media is for the page. */
  address(name: string): string;
  /** What the content security policy calls that place. */
  source: string;
}

const STYLES = [
  'trace.css',
  'controls.css',
  'lanes.css',
  'panes.css',
  'choices.css',
  'state.css',
  'waits.css',
  'legend.css',
];

/** No inline script or style, so the policy needs no nonce. The worker is started from memory, having been fetched. */
export function tracePageHtml({ address, source }: PageFiles): string {
  const policy = `default-src 'none'; style-src ${source}; script-src ${source}; connect-src ${source}; worker-src blob:`;
  const styles = STYLES.map((name) => `<link rel="stylesheet" href="${address(name)}">`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
${styles.join('\n')}
<title>Lockstep Trace</title>
</head>
<body>
<script src="${address('trace.js')}" data-worker="${address('worker.js')}"></script>
</body>
</html>`;
}
