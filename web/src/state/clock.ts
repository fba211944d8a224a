// The server's time as the tablet can know it: the last stamp heard, carried on by the tablet's steady clock
// (`performance.now()`), never by its wall clock, which may be wrong by hours.

/** A point where both clocks are known, in milliseconds. */
export interface Anchor {
  readonly serverMs: number;
  readonly steadyMs: number;
}

/** A stamp this far behind what was expected means that the server's clock was set anew, not that the line is slow. */
const SET_BACK_MS = 2_000;

/**
 * Takes in a stamp. The line only ever delays a stamp, so the latest reading is the truest, and a small step
 * back is ignored: the dwell shown never runs backwards.
 */
export function hear(anchor: Anchor | undefined, serverMs: number, steadyMs: number): Anchor {
  const behind = anchor ? serverAt(anchor, steadyMs) - serverMs : 0;
  return anchor && behind > 0 && behind < SET_BACK_MS ? anchor : { serverMs, steadyMs };
}

/** The server's time at a moment of the steady clock. */
export function serverAt(anchor: Anchor, steadyMs: number): number {
  return anchor.serverMs + (steadyMs - anchor.steadyMs);
}
