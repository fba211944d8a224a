// A server for the tests of this folder: answers are scripted, calls are kept.

import { create } from "@bufbuild/protobuf";
import { FloorHeartbeatSchema, WatchFloorResponseSchema, type Card, type WatchFloorResponse } from "../gen/shopbell/floor/v1/floor_pb";
import type { Action } from "../state/outbox";
import type { FloorApi } from "./client";

/** What one attempt to watch does. */
export type Attempt = (signal: AbortSignal, accepted: () => void) => AsyncIterable<WatchFloorResponse>;

/** A scripted server; when the script of a call is over its last entry stays. */
export class FakeApi implements FloorApi {
  readonly cursors: string[] = [];
  readonly sent: Action[] = [];
  attempts: Attempt[] = [];
  answers: (() => Promise<Card | undefined>)[] = [() => Promise.resolve(undefined)];

  watch(cursor: string, accepted: () => void, signal: AbortSignal): AsyncIterable<WatchFloorResponse> {
    this.cursors.push(cursor);
    const attempt = this.attempts.length > 1 ? this.attempts.shift() : this.attempts[0];
    if (!attempt) throw new Error("no attempt is scripted");
    return attempt(signal, accepted);
  }

  card(): Promise<Card | undefined> {
    return Promise.resolve(undefined);
  }

  note(): Promise<void> {
    return Promise.resolve();
  }

  send(action: Action): Promise<Card | undefined> {
    this.sent.push(action);
    const answer = this.answers.length > 1 ? this.answers.shift() : this.answers[0];
    return answer ? answer() : Promise.resolve(undefined);
  }
}

/** A heartbeat with a cursor. */
export function heartbeat(cursor: string): WatchFloorResponse {
  return create(WatchFloorResponseSchema, { cursor, body: { case: "heartbeat", value: create(FloorHeartbeatSchema) } });
}

/** Never, until aborted. */
export function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("aborted"))));
}
