// Loaded into the language server by the soak: says over a socket, when asked, what the process holds after a collection.
const { readdirSync } = require('node:fs');
const { createServer } = require('node:net');
const path = require('node:path');
const { setFlagsFromString } = require('node:v8');
const { runInNewContext } = require('node:vm');

/** In bytes and numbers: what a leak would make grow. */
function held() {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc');
  for (let times = 0; times < 3; times++) collect();
  const { heapUsed, external, rss } = process.memoryUsage();
  const listeners = process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0);
  const files = process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0;
  // Timers and what a turn of the loop leaves are there now and gone then; what stays open are the others.
  const passing = /^(Timeout|Immediate|TickObject|Microtask)$/;
  const handles = process.getActiveResourcesInfo().filter((type) => !passing.test(type)).length;
  const timers = process.getActiveResourcesInfo().filter((type) => type === 'Timeout').length;
  return { heap: heapUsed, external, resident: rss, listeners, files, handles, timers };
}
exports.held = held;

const folder = process.env.LOCKSTEP_PROBE;
if (folder && process.argv[1]?.endsWith('server.cjs')) {
  const server = createServer((socket) => socket.end(JSON.stringify(held())));
  server.listen(path.join(folder, `${process.pid}.sock`)).unref();
}
