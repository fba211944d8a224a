// What the tablet may claim of its line to the server: a pure state machine.
//
//   waiting --heard--> live --silent--> stale --lost--> offline --resumed--> waiting
//      |                 ^  \--lost--> waiting            |
//      +--lost-> offline  +------------heard--------------+
//
// A first loss is not shouted about (a reconnect takes a moment); a second one in a row is "offline".

/** How the line is. "stale": open, but nothing came for `SILENCE_MS`. */
export type Phase = "waiting" | "live" | "stale" | "offline";

/** What happened on the line. "opening" an attempt, "resumed": taken up at our cursor without a word yet, "heard" a message, "silent" too long, "lost" an attempt. */
export type LinkEvent = "opening" | "resumed" | "heard" | "silent" | "lost";

/** The server says something every 5 s; after this long without a word the floor may not be true any more. */
export const SILENCE_MS = 15_000;
/**
 * After this long without a word names and cards are forgotten, and come back with the line: a customer may have withdrawn
 * by now, and what is withdrawn is to be gone from every tablet within seconds.
 */
export const VEIL_MS = SILENCE_MS;
/** And then the whole floor. A visit may be shown while it lasts and 15 minutes more, and nobody can tell now. */
export const FORGET_FLOOR_MS = 15 * 60_000;

/** The next phase of the line. `everHeard` tells whether there is anything on the screen that could be stale. */
export function nextPhase(phase: Phase, event: LinkEvent, everHeard: boolean): Phase {
  switch (event) {
    case "heard":
      return "live";
    case "silent":
      return everHeard && phase !== "offline" ? "stale" : "offline";
    case "lost":
      return phase === "live" ? "waiting" : "offline";
    case "opening":
      return phase === "live" ? "waiting" : phase;
    // Enough after a blink of the line; after a silence only a word counts, for an open line had been mute before.
    case "resumed":
      return phase === "waiting" && everHeard ? "live" : phase === "offline" ? "waiting" : phase;
  }
}
