/** Of OutcomeCount.outcomes. */
export const FOR_EVER = 'blocked-for-ever';
