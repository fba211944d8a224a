// Sends the associate's wishes, one after the other, again and again until the server confirms or refuses each.

import type { Card } from "../gen/shopbell/floor/v1/floor_pb";
import { forget, put, settle, type Action, type Outbox } from "../state/outbox";
import { backoffMs } from "./backoff";
import type { FloorApi } from "./client";
import { failureOf, type Refusal } from "./failure";

/** What the sender tells the page. */
export interface SenderListener {
  /** The wishes that wait are these now. */
  changed(outbox: Outbox): void;
  /** The server has it; the card as it is now, when the server sent it. */
  confirmed(action: Action, card: Card | undefined): void;
  /** The server will never take it. */
  refused(action: Action, why: Refusal): void;
  /** The visit is not to be shown any more. */
  gone(visitId: string): void;
  /** The token does not hold. The sender is over. */
  denied(): void;
}

/** The queue of wishes and its sending. */
export class Sender {
  readonly #api: FloorApi;
  readonly #listener: SenderListener;
  readonly #random: () => number;
  readonly #language: () => string;
  readonly #stop = new AbortController();
  #outbox: Outbox = [];
  #running = false;
  #wake: () => void = () => undefined;

  constructor(api: FloorApi, listener: SenderListener, language: () => string, random: () => number) {
    this.#api = api;
    this.#listener = listener;
    this.#language = language;
    this.#random = random;
  }

  /** Takes a wish on; it shows at once and is sent as soon as it can be. */
  push(action: Action): void {
    this.#set(put(this.#outbox, action));
    if (!this.#running) void this.#drain();
  }

  /** Drops all that waits for a visit which is to be forgotten. */
  forget(visitId: string): void {
    this.#set(forget(this.#outbox, visitId));
  }

  /** Tries at once: the line is back. */
  hurry(): void {
    this.#wake();
  }

  /** Ends the sending and forgets what waits. */
  stop(): void {
    this.#stop.abort();
    this.#outbox = [];
    this.#wake();
  }

  async #drain(): Promise<void> {
    this.#running = true;
    let failures = 0;
    for (let action = this.#outbox[0]; action && !this.#stop.signal.aborted; action = this.#outbox[0]) {
      const delivered = await this.#sendOne(action);
      if (this.#stop.signal.aborted) return;
      failures = delivered ? 0 : failures + 1;
      if (!delivered) await this.#pause(backoffMs(failures, this.#random()));
    }
    this.#running = false;
  }

  /** Whether the wish is settled, one way or the other. */
  async #sendOne(action: Action): Promise<boolean> {
    try {
      const card = await this.#api.send(action, this.#language(), this.#stop.signal);
      if (this.#stop.signal.aborted) return true;
      this.#listener.confirmed(action, card);
    } catch (error) {
      if (this.#stop.signal.aborted) return true;
      const failure = failureOf(error);
      if (failure === "lost") return false;
      if (failure === "denied") this.#listener.denied();
      if (failure === "gone") this.#listener.gone(action.visitId);
      if (failure === "refused" || failure === "left") this.#listener.refused(action, failure);
    }
    this.#set(settle(this.#outbox, action));
    return true;
  }

  #set(outbox: Outbox): void {
    if (this.#stop.signal.aborted) return;
    this.#outbox = outbox;
    this.#listener.changed(outbox);
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
