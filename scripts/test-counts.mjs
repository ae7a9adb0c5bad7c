// How many tests passed and failed, read from what the test commands print. Each export makes a counter:
// `read(line)` gives the line to show or undefined, `result(code)` gives { passed, failed }.

/** A command that is one test: it ends with 0 or it does not. */
export function whole() {
  return {
    read: (line) => line,
    result: (code) => ({ passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1 }),
  };
}

/** One test a line, beginning with `ok` or `FAILED`: scripts/check.mjs. */
export function lines() {
  const counts = { passed: 0, failed: 0 };
  return {
    read(line) {
      if (/^ok {4}/.test(line)) counts.passed++;
      if (/^FAILED /.test(line)) counts.failed++;
      return line;
    },
    result: () => counts,
  };
}

/** mocha's spec reporter: `12 passing (3s)`, `1 failing`. */
export function mochaTests() {
  const counts = { passed: 0, failed: 0 };
  return {
    read(line) {
      const [, number, what] = /^ {2}(\d+) (passing|failing)\b/.exec(line) ?? [];
      if (what === 'passing') counts.passed += Number(number);
      if (what === 'failing') counts.failed += Number(number);
      return line;
    },
    result: () => counts,
  };
}

/** `go test -json`: test2json events. Shown are the packages' results, and the output of what failed. */
export function goTests() {
  const counts = { passed: 0, failed: 0 };
  const outputs = new Map();
  const keyOf = ({ Package, ImportPath, Test }) => `${Package ?? ImportPath} ${Test ?? ''}`;
  return {
    read(line) {
      let event;
      try {
        event = JSON.parse(line);
      } catch {
        return line;
      }
      const key = keyOf(event);
      switch (event.Action) {
        case 'output':
        case 'build-output':
          outputs.set(key, (outputs.get(key) ?? '') + event.Output);
          return undefined;
        case 'pass':
          if (event.Test) counts.passed++;
          return event.Test ? undefined : `ok      ${event.Package} ${event.Elapsed.toFixed(1)} s`;
        case 'fail':
          // A package that does not build fails without a test that failed.
          if (event.Test || event.FailedBuild) counts.failed++;
          return (outputs.get(key) ?? `FAILED  ${key}`).trimEnd();
        case 'build-fail':
          return (outputs.get(key) ?? '').trimEnd();
        default:
          return undefined;
      }
    },
    result: () => counts,
  };
}
