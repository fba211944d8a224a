// How long to wait before the next attempt. Pure: randomness is a parameter.

const FIRST_MS = 300;
const LONGEST_MS = 10_000;

/** Milliseconds to wait after `failures` failures in a row (from 1). `random` is in [0, 1) and spreads the tablets of a shop. */
export function backoffMs(failures: number, random: number): number {
  const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(Math.max(failures, 1) - 1, 16));
  return ceiling * (0.5 + random / 2);
}
