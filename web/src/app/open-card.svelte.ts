// The one card that is open. Nothing of a card outlives its closing: there is no cache.

import type { FloorApi } from "../api/client";
import { backoffMs } from "../api/backoff";
import { failureOf, reasonOf } from "../api/failure";
import { StarterFeedback, type Card, type Outcome } from "../gen/shopbell/floor/v1/floor_pb";
import { words } from "../messages/words.svelte";
import { confirmFeedback, type Aside } from "../state/card";
import { freshKeys, steadyStarters } from "../state/card-facts";
import type { NoteAnswer, NoteChange } from "../state/note";
import type { Action } from "../state/outbox";

/** As long as the glow of what is new, in app.css. */
const GLOW_MS = 2_000;

/** What the card needs of its session. */
export interface CardHost {
  /** Sends a wish. */
  push(action: Action): void;
  /** The token does not hold. */
  denied(): void;
}

/** The open card, its fetching and its buttons. */
export class OpenCard {
  visitId = $state<string>();
  card = $state.raw<Card>();
  /** Starters put aside while this card is open. */
  aside = $state.raw<readonly Aside[]>([]);
  /** True while the server could not be asked. */
  waiting = $state(false);
  /** True after the details had to be forgotten, until they are back. */
  veiled = $state(false);
  /** A new note that is being written: the associate's own words, which outlive a break of the line. */
  draft = $state<string>();
  /** The day that is promised with it, as a date field writes it. */
  draftDue = $state("");
  /** What came while the card was open, for a moment. */
  fresh = $state.raw<ReadonlySet<string>>(new Set());
  /** True after the card that was open had to be forgotten. */
  closed = $state(false);

  readonly #api: FloorApi;
  readonly #host: CardHost;
  /** The card revision that the last fetch was to bring. */
  #revision = 0n;
  #fetch: AbortController | undefined;
  #wake: () => void = () => undefined;
  #glow: ReturnType<typeof setTimeout> | undefined;

  constructor(api: FloorApi, host: CardHost) {
    this.#api = api;
    this.#host = host;
  }

  /** Opens a guest's card in place of the one before; `revision` is the one that the row tells. */
  open(visitId: string, revision: bigint): void {
    if (this.visitId === visitId) return;
    this.close();
    this.visitId = visitId;
    this.#revision = revision;
    this.reload();
  }

  /** Closes and forgets the card. */
  close(): void {
    this.#fetch?.abort();
    this.#fetch = undefined;
    this.visitId = undefined;
    this.card = undefined;
    this.aside = [];
    this.waiting = false;
    this.veiled = false;
    this.draft = undefined;
    this.draftDue = "";
    this.closed = false;
    this.#revision = 0n;
    this.#wane();
  }

  /** The guest is not to be shown any more: forgets the card and says so. */
  forgetIfOpen(): void {
    if (this.visitId === undefined) return;
    this.close();
    this.closed = true;
  }

  /**
   * Forgets what the server said of the guest; the next word of the line brings it back. An answer that is under way may be
   * from before a withdrawal that could not be heard of.
   */
  forgetDetails(): void {
    this.#fetch?.abort();
    if (this.visitId === undefined) return;
    this.card = undefined;
    this.waiting = true;
    this.veiled = true;
    this.#wane();
  }

  /**
   * Says that the guest's row changed: a higher revision means that the card did too. While a greeting is under way
   * nothing is fetched, for its answer is the new card; each look at a card is kept for the customer to read, and
   * one glance should be one look.
   */
  rowChanged(revision: bigint, greetingUnderWay: boolean): void {
    if (revision <= this.#revision || greetingUnderWay) return;
    this.#revision = revision;
    this.reload();
  }

  /** The line is back. */
  hurry(): void {
    if (this.visitId !== undefined && !this.card) this.reload();
    this.#wake();
  }

  /** Fetches the card anew; an answer that is still under way is dropped, because it may be older. */
  reload(): void {
    this.#fetch?.abort();
    if (this.visitId === undefined) return;
    this.#fetch = new AbortController();
    void this.#load(this.visitId, this.#fetch.signal);
  }

  /** The server has a wish; takes its card, or keeps the wish on this one until the row's revision brings another. */
  confirmed(action: Action, card: Card | undefined): void {
    if (action.visitId !== this.visitId) return;
    if (card) {
      this.#fetch?.abort();
      this.#accept(card);
      return;
    }
    if (!this.card) return;
    if (action.kind === "outcome") this.card = { ...this.card, outcome: action.outcome };
    if (action.kind === "feedback") this.card = confirmFeedback(this.card, action.starterId, action.feedback);
  }

  /** The person stands before the associate, or does not after all. */
  setGreeted(greeted: boolean): void {
    if (this.visitId !== undefined) this.#host.push({ kind: "greeted", visitId: this.visitId, greeted });
  }

  /** What became of a starter, which stands at a place of the list. */
  setFeedback(starterId: string, feedback: StarterFeedback, place: number): void {
    if (this.visitId === undefined) return;
    // At once, and not when the server confirms: an earlier tap's answer may come after a later tap.
    const others = this.aside.filter(({ id }) => id !== starterId);
    const declined = feedback === StarterFeedback.NOT_NOW || feedback === StarterFeedback.WRONG;
    const aside = declined ? [{ id: starterId, place, feedback }] : [];
    this.aside = [...others, ...aside].sort((a, b) => a.place - b.place);
    this.#host.push({ kind: "feedback", visitId: this.visitId, starterId, feedback });
  }

  /** What became of the visit. */
  setOutcome(outcome: Outcome): void {
    if (this.visitId !== undefined) this.#host.push({ kind: "outcome", visitId: this.visitId, outcome });
  }

  /** Writes, changes or deletes a note; the card itself comes anew with the row's revision. */
  async note(change: NoteChange): Promise<NoteAnswer> {
    try {
      await this.#api.note(change, words.language);
      return { done: true };
    } catch (error) {
      if (failureOf(error) === "denied") this.#host.denied();
      return { done: false, why: reasonOf(error) };
    }
  }

  async #load(visitId: string, signal: AbortSignal): Promise<void> {
    for (let failures = 1; !signal.aborted; failures += 1) {
      try {
        const card = await this.#api.card(visitId, words.language, signal);
        if (signal.aborted) return;
        if (card) this.#accept(card);
        this.waiting = false;
        return;
      } catch (error) {
        if (signal.aborted) return;
        const failure = failureOf(error);
        if (failure === "denied") return this.#host.denied();
        if (failure === "gone") return this.forgetIfOpen();
        this.waiting = true;
      }
      await this.#pause(backoffMs(failures, Math.random()));
    }
  }

  #accept(card: Card): void {
    const fresh = freshKeys(this.card, card);
    if (fresh.size > 0) this.#glows(fresh);
    this.card = { ...card, starters: steadyStarters(this.card, card) };
    this.waiting = false;
    this.veiled = false;
    const revision = card.guest?.cardRevision ?? 0n;
    if (revision > this.#revision) this.#revision = revision;
  }

  #glows(fresh: ReadonlySet<string>): void {
    clearTimeout(this.#glow);
    this.fresh = fresh;
    this.#glow = setTimeout(() => this.#wane(), GLOW_MS);
  }

  #wane(): void {
    clearTimeout(this.#glow);
    if (this.fresh.size > 0) this.fresh = new Set();
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
