/** Calls after which nothing of the function runs. */
export function neverReturns(name: string, receiverType: string | undefined): boolean {
  if (name === 'panic' || name === 'os.Exit' || name === 'runtime.Goexit') return true;
  // Test helpers and loggers alike: `testutil.FatalStack(t)`.
  if (/^\w.*[./](?:Fatal[^./]*|FailNow)$/u.test(name)) return true;
  const [, of = '', method = ''] = /^(.*?)\.?([^./]+)$/u.exec(name) ?? [];
  if (
    /^(?:Fatal|Fatalf|FailNow|Skip|Skipf|SkipNow)$/u.test(method) &&
    /^testing\.(?:T|B|F|TB)$/u.test(receiverType ?? '')
  )
    return true;
  return (
    /(?:^|\/)(?:log|klog|glog|logger|logrus|zap)(?:\/v\d+)?$/u.test(of) &&
    /^(?:Fatal|Panic|Exit)(?:f|ln)?$/u.test(method)
  );
}
