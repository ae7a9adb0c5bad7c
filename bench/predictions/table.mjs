// The table of bench/predictions.mjs.

/** Markdown, and what is wrong: predictions about corrected twins that survive. */
export function table(results) {
  const programs = results.filter(({ twin }) => !twin);
  const twins = results.filter(({ twin }) => twin);
  const survive = twins.flatMap(({ id, predictions = [] }) =>
    predictions.filter(({ came }) => came !== 'contradicted').map((told) => ({ id, ...told })),
  );
  const claims = (list, key) => list.reduce((sum, one) => sum + (one[key]?.length ?? 0), 0);
  const passed = withOwnClaims(programs.filter(({ predictions }) => predictions));
  const ofPrograms = passed.flatMap(({ predictions }) => predictions);
  const count = (list, wanted) => list.filter(({ came }) => came === wanted).length;
  const runs = ofPrograms.filter(({ came }) => came === 'confirmed').map((one) => one.runs);
  const ofTwins = twins.flatMap(({ predictions = [] }) => predictions);
  const text = `
Of ${programs.length} programs ${passed.length} have a run that passes within 60, with ${claims(passed, 'claims')} bugs. The first one shows
${claims(passed, 'seen')} itself, as a race that does no harm in it; predicted from it and confirmed are ${claims(passed, 'predicted') - claims(passed, 'seen')} more, another
${claims(passed, 'steered') - claims(passed, 'predicted')} within 100 runs that are steered to what it says. ${ofPrograms.length} predictions have a witness: ${count(ofPrograms, 'confirmed')} are confirmed (by
${runs.length === 0 ? 0 : Math.max(...runs)} runs at most, ${runs.filter((one) => one === 1).length} by the first), ${count(ofPrograms, 'contradicted')} contradicted, ${count(ofPrograms, 'stands')} stand. Of ${twins.length} corrected twins ${twins.filter(({ predictions }) => predictions).length} passed:
${ofTwins.length} predictions, ${count(ofTwins, 'contradicted')} contradicted, ${survive.length} survive.

| program | passing run | seen in it | predicted from it, with runs | confirmed | steered to, in runs |
|---|---:|---|---|---|---|
${passed
  .filter((one) => one.steered.length > 0 || one.predictions.length > 0)
  .map(row)
  .join('\n')}

${notForetold(passed)}
`;
  const wrong = survive.map(({ id, came, kind, message }) => `${id}: ${kind} ${came}: ${message}`);
  return { markdown: text.trimStart(), wrong };
}

/** A file may have several tests, each with bugs of its own: those that only another one shows are not claimed. */
function withOwnClaims(programs) {
  const shows = ({ steered, courses }, claim) => steered.includes(claim) || courses?.[claim] !== undefined;
  return programs.map((one) => {
    const others = programs.filter(({ id, file }) => id !== one.id && file === one.file);
    const isOwn = (claim) => shows(one, claim) || !others.some((other) => shows(other, claim));
    return { ...one, claims: one.claims.filter(isOwn) };
  });
}

/** Of what one run does not foretell: why not. */
function notForetold(programs) {
  const own = programs.flatMap(({ id, claims, predicted, courses }) =>
    claims
      .filter((claim) => !predicted.includes(claim))
      .map((claim) => ({ text: `${id} (${claim})`, course: courses?.[claim] })),
  );
  const of = (course) => own.filter((one) => one.course === course);
  const listed = (list) => (list.length === 0 ? '' : `: ${list.map(({ text }) => text).join(', ')}`);
  const [order, value, course, unmet] = ['order', 'value', 'course', undefined].map(of);
  return `
Not foretold are ${own.length}. What tells why is how the runs that show them (of 6,000, or of 12,000 where accesses race, up to 150) differ from the passing
one, at least: in ${course.length} of them a goroutine does something else, another case, another branch, a try that does not
succeed; in ${value.length} all do the same, but one reads or receives something else, which a check meets then. Of both the one run
knows nothing. Another order of the same with the same values, of which it knows all, shows ${order.length}${listed(order)}.
Not met by those runs are ${unmet.length}${listed(unmet)}.`.trim();
}

function row({ id, runs, seen, predicted, steered, steering, predictions }) {
  const told = predictions.map(({ kind, runs: tries, came }) => `${kind} ${came} (${tries})`);
  const fresh = predicted.filter((claim) => !seen.includes(claim));
  const later = steered.filter((claim) => !predicted.includes(claim));
  const cells = [
    id,
    runs,
    seen.join(' '),
    told.join(', '),
    fresh.join(' '),
    later.map((one) => `${one} in ${steering}`),
  ];
  return `| ${cells.join(' | ')} |`;
}
