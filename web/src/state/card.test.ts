import { create } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import { CardSchema, Outcome, SharedKind, StarterFeedback, type Card } from "../gen/shopbell/floor/v1/floor_pb";
import { confirmFeedback, mayGreet, viewCard } from "./card";
import type { Action } from "./outbox";

const starter = (id: string) => ({ id, say: `say ${id}`, reason: "because" });
const open: Card = create(CardSchema, {
  confirmed: true,
  shares: [SharedKind.SIZES],
  starters: [starter("a"), starter("b")],
  sizes: [{ of: "shoes", size: "39" }],
});
const greet = (greeted: boolean): Action => ({ kind: "greeted", visitId: "v", greeted });
const feedback = (starterId: string, value: StarterFeedback): Action => ({ kind: "feedback", visitId: "v", starterId, feedback: value });

describe("viewCard", () => {
  test("before any answer nothing is claimed", () => {
    const view = viewCard("v", undefined, [], []);
    expect(view).toMatchObject({ opening: "closed", loaded: false, starters: [], shares: [] });
  });

  test("greeted here and not answered yet is opening", () => {
    expect(viewCard("v", create(CardSchema), [greet(true)], []).opening).toBe("opening");
  });

  test("a confirmed card is open with its facts", () => {
    const view = viewCard("v", open, [], []);
    expect(view.opening).toBe("open");
    expect(view.facts.sizes).toHaveLength(1);
  });

  test("taking the greeting back hides everything at once, before the server knows", () => {
    const view = viewCard("v", open, [greet(false)], []);
    expect(view).toMatchObject({ opening: "closed", starters: [], shares: [] });
    expect(view.facts.sizes).toEqual([]);
  });

  test("facts that a server sent unasked with an unconfirmed card are not shown", () => {
    expect(viewCard("v", { ...open, confirmed: false }, [], []).facts.sizes).toEqual([]);
  });

  test("a pending answer wins over the card", () => {
    const view = viewCard("v", open, [feedback("a", StarterFeedback.USED), { kind: "outcome", visitId: "v", outcome: Outcome.SOLD }], []);
    expect(view.starters.map((shown) => shown.feedback)).toEqual([StarterFeedback.USED, StarterFeedback.UNSPECIFIED]);
    expect(view.outcome).toBe(Outcome.SOLD);
  });

  test("a starter that the server holds back keeps its place without its text", () => {
    const held = { ...open, starters: open.starters.slice(1) };
    const view = viewCard("v", held, [], [{ id: "a", place: 0, feedback: StarterFeedback.NOT_NOW }]);
    expect(view.starters.map((shown) => shown.id)).toEqual(["a", "b"]);
    expect(view.starters[0]?.starter).toBeUndefined();
    expect(viewCard("v", held, [feedback("a", StarterFeedback.UNSPECIFIED)], [{ id: "a", place: 0, feedback: StarterFeedback.NOT_NOW }]).starters).toHaveLength(1);
  });

  test("never more than three starters", () => {
    const many = create(CardSchema, { confirmed: true, starters: ["a", "b", "c", "d"].map(starter) });
    expect(viewCard("v", many, [], []).starters.map((shown) => shown.id)).toEqual(["a", "b", "c"]);
  });
});

test("confirmFeedback changes one starter and leaves the card that it was given", () => {
  const after = confirmFeedback(open, "b", StarterFeedback.USED);
  expect(after.starters.map((shown) => shown.feedback)).toEqual([StarterFeedback.UNSPECIFIED, StarterFeedback.USED]);
  expect(open.starters[1]?.feedback).toBe(StarterFeedback.UNSPECIFIED);
});

test("who has left is not greeted, and who may still be here is", () => {
  expect(mayGreet("closed", "here")).toBe(true);
  expect(mayGreet("closed", "uncertain")).toBe(true);
  expect(mayGreet("closed", "left")).toBe(false);
  expect(mayGreet("open", "here")).toBe(false);
  expect(mayGreet("opening", "here")).toBe(false);
});
