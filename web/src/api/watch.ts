// The page's one stream: opened, watched for silence, opened again with the last cursor, for ever. One a page,
// because a browser has six plain connections a host for all of its tabs.

import type { WatchFloorResponse } from "../gen/shopbell/floor/v1/floor_pb";
import { SILENCE_MS } from "../state/link";
import { backoffMs } from "./backoff";
import type { FloorApi } from "./client";
import { failureOf } from "./failure";

/** What the stream tells the page. */
export interface WatchListener {
  /** An attempt begins. */
  opening(): void;
  /** A message came. */
  message(message: WatchFloorResponse): void;
  /** The server took the stream up at our cursor: nothing changed unless a message follows. */
  resumed(): void;
  /** Nothing came for `SILENCE_MS`; another attempt follows. */
  silent(): void;
  /** The attempt broke; another one follows. */
  lost(): void;
  /** The token does not hold. The watch is over. */
  denied(): void;
}

type End = "silent" | "lost" | "denied" | "cursor" | "nudged";

/** When the page wakes with a stream that has been quiet for longer than this, it rather opens a new one. */
const QUIET_MS = 10_000;

/** The stream and its life. `run` it once; `stop` ends it. */
export class FloorWatch {
  readonly #api: FloorApi;
  readonly #listener: WatchListener;
  readonly #random: () => number;
  readonly #stop = new AbortController();
  #cursor = "";
  #suspended = false;
  #heardAt = 0;
  #nudge: () => void = () => undefined;

  constructor(api: FloorApi, listener: WatchListener, random: () => number) {
    this.#api = api;
    this.#listener = listener;
    this.#random = random;
  }

  /** Watches until `stop` or until the token is denied. */
  async run(): Promise<void> {
    let failures = 0;
    while (!this.#stop.signal.aborted) {
      while (this.#suspended && !this.#stop.signal.aborted) await this.#pause(undefined);
      if (this.#stop.signal.aborted) return;
      this.#listener.opening();
      const end = await this.#readOnce(() => (failures = 0));
      if (this.#stop.signal.aborted) return;
      if (end === "denied") return this.#listener.denied();
      // A cursor that the server cannot place is worth one attempt without it, at once.
      if (end === "cursor") this.#cursor = "";
      if (end === "cursor" || end === "nudged") continue;
      this.#listener[end]();
      failures += 1;
      await this.#pause(backoffMs(failures, this.#random()));
    }
  }

  /** Ends the watch. */
  stop(): void {
    this.#stop.abort();
    this.#nudge();
  }

  /** Tries at once: the network is back, or the page is looked at again. */
  hurry(): void {
    this.#suspended = false;
    if (performance.now() - this.#heardAt > QUIET_MS) this.#nudge();
  }

  /** The page has forgotten what the cursor stands for: the next stream brings the whole floor. */
  startOver(): void {
    this.#cursor = "";
    // A stream under way may have been opened with the cursor.
    if (!this.#suspended) this.#nudge();
  }

  /** Lets go of the connection until `hurry`: nobody looks, and connections are few. */
  suspend(): void {
    this.#suspended = true;
    this.#nudge();
  }

  /** Reads one stream to its end and says how it ended. */
  async #readOnce(heard: () => void): Promise<End> {
    const attempt = new AbortController();
    let end: End | undefined;
    this.#heardAt = performance.now();
    const endWith = (reason: End) => {
      end ??= reason;
      attempt.abort();
    };
    this.#nudge = () => endWith("nudged");
    let watchdog = setTimeout(endWith, SILENCE_MS, "silent");
    const restart = () => {
      clearTimeout(watchdog);
      this.#heardAt = performance.now();
      watchdog = setTimeout(endWith, SILENCE_MS, "silent");
    };
    const resuming = this.#cursor !== "";
    const accepted = () => {
      if (resuming) this.#listener.resumed();
    };
    try {
      for await (const message of this.#api.watch(this.#cursor, accepted, attempt.signal)) {
        if (end || this.#stop.signal.aborted) break;
        restart();
        heard();
        if (message.cursor !== "") this.#cursor = message.cursor;
        this.#listener.message(message);
      }
      return end ?? "lost";
    } catch (error) {
      return end ?? this.#endOf(error);
    } finally {
      clearTimeout(watchdog);
      this.#nudge = () => undefined;
      attempt.abort();
    }
  }

  #endOf(error: unknown): End {
    switch (failureOf(error)) {
      case "denied":
      case "gone":
        return "denied";
      case "left":
      case "refused":
        return this.#cursor === "" ? "lost" : "cursor";
      case "lost":
        return "lost";
    }
  }

  /** Waits, for ever when `ms` is undefined; `hurry` and `stop` cut it short. */
  #pause(ms: number | undefined): Promise<void> {
    return new Promise((resolve) => {
      const timer = ms === undefined ? undefined : setTimeout(resolve, ms);
      this.#heardAt = Number.NEGATIVE_INFINITY;
      this.#nudge = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
