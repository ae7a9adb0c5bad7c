// What the extension host is told to run as its tests. It reads its orders from the file LOCKSTEP_HOST_TESTS, a JSON
// { files, grep?, timeout, report } with what the suites want besides, prints to <report>/mocha.log and ends by writing <report>/result.json.
const { appendFileSync, readFileSync, writeFileSync } = require('node:fs');
const path = require('node:path');
const { format } = require('node:util');

exports.run = async () => {
  const { files, grep, timeout, report } = JSON.parse(readFileSync(process.env.LOCKSTEP_HOST_TESTS, 'utf8'));
  const say = (...words) => appendFileSync(path.join(report, 'mocha.log'), `${format(...words)}\n`);
  try {
    const { Mocha } = require('mocha');
    // The host has no terminal, and its console ends up in the page's.
    Mocha.reporters.Base.consoleLog = say;
    const mocha = new Mocha({ timeout, grep, color: false, forbidOnly: true });
    for (const file of files) mocha.addFile(file);
    const stats = await new Promise((resolve) => {
      const runner = mocha.run(() => resolve(runner.stats));
    });
    writeFileSync(path.join(report, 'result.json'), JSON.stringify(stats));
  } catch (error) {
    say(error);
    throw error;
  }
};
