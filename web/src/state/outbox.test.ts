import { describe, expect, test } from "vitest";
import { Outcome, StarterFeedback } from "../gen/shopbell/floor/v1/floor_pb";
import { forget, pendingFeedback, pendingGreeted, pendingOutcome, put, settle, type Action, type Outbox } from "./outbox";

const greet = (visitId: string, greeted: boolean): Action => ({ kind: "greeted", visitId, greeted });
const say = (starterId: string, feedback: StarterFeedback): Action => ({ kind: "feedback", visitId: "v", starterId, feedback });

describe("the outbox", () => {
  test("keeps the order, and a newer wish takes the place of the older one at the end", () => {
    const first = greet("v", true);
    const second = say("s", StarterFeedback.USED);
    const undo = greet("v", false);
    expect([first, second, undo].reduce<Outbox>(put, [])).toEqual([second, undo]);
  });

  test("starters and visits do not get in each other's way", () => {
    const all = [say("s", StarterFeedback.USED), say("t", StarterFeedback.NOT_NOW), greet("v", true), greet("w", true)];
    expect(all.reduce<Outbox>(put, [])).toEqual(all);
  });

  test("an answer to an older wish leaves the newer one to be sent", () => {
    const older = greet("v", true);
    const newer = greet("v", false);
    const outbox = put(put([], older), newer);
    expect(settle(outbox, older)).toEqual([newer]);
    expect(settle(outbox, newer)).toEqual([]);
  });

  test("tells what is pending, and forgets a visit whole", () => {
    const outbox = [greet("v", false), say("s", StarterFeedback.UNSPECIFIED), { kind: "outcome", visitId: "w", outcome: Outcome.SOLD } as Action];
    expect(pendingGreeted(outbox, "v")).toBe(false);
    expect(pendingGreeted(outbox, "w")).toBeUndefined();
    expect(pendingFeedback(outbox, "v", "s")).toBe(StarterFeedback.UNSPECIFIED);
    expect(pendingFeedback(outbox, "v", "t")).toBeUndefined();
    expect(pendingOutcome(outbox, "w")).toBe(Outcome.SOLD);
    expect(forget(outbox, "v")).toHaveLength(1);
  });
});
