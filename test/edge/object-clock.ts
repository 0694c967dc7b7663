/** The time of the state objects under test: they run in the isolate of their test. */
export const objectClock = { now: 0 };
