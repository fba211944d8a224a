import { Code, ConnectError } from "@connectrpc/connect";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Outcome } from "../gen/shopbell/floor/v1/floor_pb";
import type { Action, Outbox } from "../state/outbox";
import { FakeApi } from "./fake-api";
import { Sender } from "./sender";

let api: FakeApi;
let outbox: Outbox;
let events: string[];
let sender: Sender;

const greet = (greeted: boolean): Action => ({ kind: "greeted", visitId: "v", greeted });
const sold: Action = { kind: "outcome", visitId: "v", outcome: Outcome.SOLD };
const failing = (code: Code) => () => Promise.reject(new ConnectError("on purpose", code));
const working = () => Promise.resolve(undefined);

beforeEach(() => {
  vi.useFakeTimers();
  api = new FakeApi();
  outbox = [];
  events = [];
  const listener = {
    changed: (now: Outbox) => (outbox = now),
    confirmed: (action: Action) => events.push(`confirmed ${action.kind}`),
    refused: (action: Action, why: string) => events.push(`${why} ${action.kind}`),
    gone: (visitId: string) => events.push(`gone ${visitId}`),
    denied: () => events.push("denied"),
  };
  sender = new Sender(api, listener as never, () => "fr", () => 0);
});

afterEach(() => {
  sender.stop();
  vi.useRealTimers();
});

test("sends in order, one at a time, and again until the line is back", async () => {
  api.answers = [failing(Code.Unknown), failing(Code.DeadlineExceeded), working];
  sender.push(greet(true));
  sender.push(sold);
  expect(outbox).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(149);
  expect(api.sent).toEqual([greet(true)]);
  await vi.advanceTimersByTimeAsync(301);
  expect(api.sent).toEqual([greet(true), greet(true), greet(true), sold]);
  expect(events).toEqual(["confirmed greeted", "confirmed outcome"]);
  expect(outbox).toEqual([]);
});

test("an undo while the first call is under way is sent after it", async () => {
  let answer: (value: undefined) => void = () => undefined;
  api.answers = [() => new Promise((resolve) => (answer = resolve)), working];
  sender.push(greet(true));
  sender.push(greet(false));
  answer(undefined);
  await vi.advanceTimersByTimeAsync(0);
  expect(api.sent).toEqual([greet(true), greet(false)]);
  expect(outbox).toEqual([]);
});

test("what the server refuses is not sent again, and does not hold up the rest", async () => {
  api.answers = [failing(Code.InvalidArgument), failing(Code.NotFound), working];
  sender.push(greet(true));
  sender.push(sold);
  await vi.advanceTimersByTimeAsync(0);
  expect(events).toEqual(["refused greeted", "gone v"]);
  expect(outbox).toEqual([]);
});

test("a greeting that came too late is told from one that makes no sense", async () => {
  api.answers = [failing(Code.FailedPrecondition), working];
  sender.push(greet(true));
  sender.push(sold);
  await vi.advanceTimersByTimeAsync(0);
  expect(events).toEqual(["left greeted", "confirmed outcome"]);
  expect(outbox).toEqual([]);
});

test("hurry does not wait for the backoff", async () => {
  api.answers = [failing(Code.Unavailable), working];
  sender.push(sold);
  await vi.advanceTimersByTimeAsync(1);
  sender.hurry();
  await vi.advanceTimersByTimeAsync(0);
  expect(events).toEqual(["confirmed outcome"]);
});

test("a stopped sender says and sends nothing more", async () => {
  api.answers = [failing(Code.Unavailable), working];
  sender.push(sold);
  await vi.advanceTimersByTimeAsync(1);
  sender.stop();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(api.sent).toHaveLength(1);
  expect(events).toEqual([]);
});
