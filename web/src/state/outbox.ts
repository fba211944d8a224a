// What the associate did and the server has not confirmed yet. Every entry is a set-call: to send it twice is to
// send it once, so a lost answer is simply sent again. A newer wish for the same thing replaces the older one.
// Held in memory only: personal data is never stored on a tablet.

import { Outcome, StarterFeedback } from "../gen/shopbell/floor/v1/floor_pb";

/** One wish of the associate. */
export type Action =
  | { readonly kind: "greeted"; readonly visitId: string; readonly greeted: boolean }
  | { readonly kind: "feedback"; readonly visitId: string; readonly starterId: string; readonly feedback: StarterFeedback }
  | { readonly kind: "outcome"; readonly visitId: string; readonly outcome: Outcome };

/** The wishes in the order in which they are to be sent. */
export type Outbox = readonly Action[];

/** Adds a wish at the end, in place of an older one for the same thing. */
export function put(outbox: Outbox, action: Action): Outbox {
  return [...outbox.filter((other) => !sameThing(other, action)), action];
}

/** Removes a wish that the server confirmed or refused; a newer one for the same thing stays. */
export function settle(outbox: Outbox, action: Action): Outbox {
  return outbox.filter((other) => other !== action);
}

/** Forgets everything about a visit. */
export function forget(outbox: Outbox, visitId: string): Outbox {
  return outbox.filter((action) => action.visitId !== visitId);
}

/** Whether "greeted" is wished for a visit; undefined when nothing is pending. */
export function pendingGreeted(outbox: Outbox, visitId: string): boolean | undefined {
  for (const action of outbox) {
    if (action.kind === "greeted" && action.visitId === visitId) return action.greeted;
  }
  return undefined;
}

/** The feedback wished for a starter; undefined when nothing is pending. */
export function pendingFeedback(outbox: Outbox, visitId: string, starterId: string): StarterFeedback | undefined {
  for (const action of outbox) {
    if (action.kind === "feedback" && action.visitId === visitId && action.starterId === starterId) return action.feedback;
  }
  return undefined;
}

/** The outcome wished for a visit; undefined when nothing is pending. */
export function pendingOutcome(outbox: Outbox, visitId: string): Outcome | undefined {
  for (const action of outbox) {
    if (action.kind === "outcome" && action.visitId === visitId) return action.outcome;
  }
  return undefined;
}

function sameThing(a: Action, b: Action): boolean {
  if (a.visitId !== b.visitId || a.kind !== b.kind) return false;
  return a.kind !== "feedback" || (b.kind === "feedback" && a.starterId === b.starterId);
}
