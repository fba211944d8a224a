// What a screen reader says of arrivals: politely, and once for a crowd.

import { words } from "../messages/words.svelte";

/** Arrivals within this time are announced together. */
const GATHER_MS = 800;
const CLEAR_MS = 5_000;

/** A guest as announced. */
export interface Arrival {
  readonly visitId: string;
  readonly name: string | undefined;
  readonly zone: string | undefined;
}

/** The text of the live region. */
export class Announcer {
  text = $state("");
  #waiting: Arrival[] = [];
  #said: readonly Arrival[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Announces guests, together with those of the last moment. */
  arrivals(arrivals: readonly Arrival[]): void {
    this.#waiting.push(...arrivals);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#say(), GATHER_MS);
  }

  /** Keeps still about those whose name is to be said no more: `name` tells the one of now. */
  forget(name: (visitId: string) => string | undefined): void {
    const stands = (arrival: Arrival) => arrival.name === undefined || arrival.name === name(arrival.visitId);
    this.#waiting = this.#waiting.filter(stands);
    if (!this.#said.every(stands)) this.#clear();
  }

  /** Says nothing more. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#waiting = [];
    this.#clear();
  }

  #say(): void {
    const { t } = words;
    const [first, ...others] = this.#waiting;
    this.#said = this.#waiting;
    this.#waiting = [];
    if (!first) return;
    this.text = others.length > 0 ? t.arrivedMany(others.length + 1) : t.arrived(first.name ?? t.someone, first.zone);
    // The same words again would not be heard otherwise.
    this.#timer = setTimeout(() => this.#clear(), CLEAR_MS);
  }

  #clear(): void {
    this.text = "";
    this.#said = [];
  }
}
