import { Code, ConnectError } from "@connectrpc/connect";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FakeApi, heartbeat, untilAborted } from "./fake-api";
import { FloorWatch } from "./watch";

let api: FakeApi;
let events: string[];
let watch: FloorWatch;

beforeEach(() => {
  vi.useFakeTimers();
  api = new FakeApi();
  events = [];
  const note = (event: string) => () => void events.push(event);
  const listener = {
    opening: note("opening"),
    resumed: note("resumed"),
    message: note("message"),
    silent: note("silent"),
    lost: note("lost"),
    denied: note("denied"),
  };
  watch = new FloorWatch(api, listener, () => 0);
});

afterEach(() => {
  watch.stop();
  vi.useRealTimers();
});

async function* speakThenHang(signal: AbortSignal, ...cursors: string[]) {
  for (const cursor of cursors) yield heartbeat(cursor);
  await untilAborted(signal);
}

async function* fail(code: Code) {
  throw new ConnectError("on purpose", code);
}

test("opens again with the last cursor after a loss", async () => {
  api.attempts = [
    async function* () {
      yield heartbeat("c1");
      yield heartbeat("c2");
    },
    (signal) => speakThenHang(signal, "c3"),
  ];
  void watch.run();
  await vi.advanceTimersByTimeAsync(149);
  expect(events).toEqual(["opening", "message", "message", "lost"]);
  await vi.advanceTimersByTimeAsync(1);
  expect(api.cursors).toEqual(["", "c2"]);
  expect(events.slice(4)).toEqual(["opening", "message"]);
});

test("waits longer after each failure, and briefly again after a message", async () => {
  api.attempts = [() => fail(Code.Unknown), () => fail(Code.Unknown), () => fail(Code.Unknown), (signal) => speakThenHang(signal, "c1")];
  void watch.run();
  await vi.advanceTimersByTimeAsync(150 + 300);
  expect(api.cursors).toHaveLength(3);
  await vi.advanceTimersByTimeAsync(599);
  expect(api.cursors).toHaveLength(3);
  await vi.advanceTimersByTimeAsync(1);
  expect(api.cursors).toHaveLength(4);
  expect(events.at(-1)).toBe("message");
  // Silence ends that stream; the wait after it is the first again.
  await vi.advanceTimersByTimeAsync(15_000);
  expect(events.at(-1)).toBe("silent");
  await vi.advanceTimersByTimeAsync(150);
  expect(api.cursors).toHaveLength(5);
});

test("a stream that says nothing for 15 s is silent; each word starts the wait anew", async () => {
  api.attempts = [
    async function* (signal) {
      yield heartbeat("c1");
      await new Promise((resolve) => setTimeout(resolve, 10_000));
      yield* speakThenHang(signal, "c2");
    },
    (signal) => speakThenHang(signal),
  ];
  void watch.run();
  await vi.advanceTimersByTimeAsync(24_999);
  expect(events).toEqual(["opening", "message", "message"]);
  await vi.advanceTimersByTimeAsync(1);
  expect(events.at(-1)).toBe("silent");
});

test("a denied token ends the watch", async () => {
  api.attempts = [() => fail(Code.Unauthenticated)];
  await watch.run();
  expect(events).toEqual(["opening", "denied"]);
});

test("a cursor that the server refuses is dropped at once", async () => {
  api.attempts = [
    async function* () {
      yield heartbeat("old");
    },
    () => fail(Code.OutOfRange),
    (signal) => speakThenHang(signal, "new"),
  ];
  void watch.run();
  await vi.advanceTimersByTimeAsync(150);
  expect(api.cursors).toEqual(["", "old", ""]);
});

test("a slow tablet that was cut comes back with its cursor", async () => {
  api.attempts = [
    async function* () {
      yield heartbeat("c7");
      throw new ConnectError("too slow", Code.Aborted);
    },
    (signal, accepted) => {
      accepted();
      return speakThenHang(signal);
    },
  ];
  void watch.run();
  await vi.advanceTimersByTimeAsync(150);
  expect(api.cursors).toEqual(["", "c7"]);
  expect(events.at(-1)).toBe("resumed");
});

test("a suspended watch holds no stream until it is hurried", async () => {
  let open = 0;
  api.attempts = [
    async function* (signal) {
      open += 1;
      try {
        yield* speakThenHang(signal, "c1");
      } finally {
        open -= 1;
      }
    },
  ];
  void watch.run();
  await vi.advanceTimersByTimeAsync(10);
  expect(open).toBe(1);
  watch.suspend();
  await vi.advanceTimersByTimeAsync(600_000);
  expect(open).toBe(0);
  watch.hurry();
  await vi.advanceTimersByTimeAsync(0);
  expect(open).toBe(1);
});

test("who is told twice to let go still holds nothing", async () => {
  api.attempts = [(signal) => speakThenHang(signal, "c1")];
  void watch.run();
  await vi.advanceTimersByTimeAsync(10);
  watch.suspend();
  await vi.advanceTimersByTimeAsync(10);
  watch.suspend();
  await vi.advanceTimersByTimeAsync(600_000);
  expect(api.cursors).toHaveLength(1);
  watch.hurry();
  await vi.advanceTimersByTimeAsync(0);
  expect(api.cursors).toHaveLength(2);
});

test("hurry cuts a wait short and leaves a fresh stream alone", async () => {
  api.attempts = [() => fail(Code.Unavailable), (signal) => speakThenHang(signal, "c1")];
  void watch.run();
  await vi.advanceTimersByTimeAsync(1);
  watch.hurry();
  await vi.advanceTimersByTimeAsync(0);
  expect(api.cursors).toHaveLength(2);
  watch.hurry();
  await vi.advanceTimersByTimeAsync(0);
  expect(api.cursors).toHaveLength(2);
});

test("starting over leaves the stream and its cursor, and lets a suspended page rest", async () => {
  api.attempts = [(signal) => speakThenHang(signal, "c1")];
  void watch.run();
  await vi.advanceTimersByTimeAsync(10);
  watch.startOver();
  await vi.advanceTimersByTimeAsync(10);
  expect(api.cursors).toEqual(["", ""]);
  watch.suspend();
  watch.startOver();
  await vi.advanceTimersByTimeAsync(10);
  expect(api.cursors).toHaveLength(2);
  watch.hurry();
  await vi.advanceTimersByTimeAsync(10);
  expect(api.cursors).toEqual(["", "", ""]);
});
