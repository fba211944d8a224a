// What the card shows: the server's card with the associate's own unconfirmed wishes laid over it. Pure.
//
// Nothing but the row's own words is ever shown before "greeted", nor after it was taken back: the details are
// dropped here at once, without waiting for the server.

import { CardMoment, Outcome, StarterFeedback, type Card, type SharedKind, type Starter } from "../gen/shopbell/floor/v1/floor_pb";
import { NO_FACTS, type CardFacts } from "./card-facts";
import type { Presence } from "./floor";
import { pendingFeedback, pendingGreeted, pendingOutcome, type Outbox } from "./outbox";

/** The most starters that an eye can take in. */
export const MAX_STARTERS = 3;

/**
 * "closed": nobody confirmed the person. "opening": greeted on this tablet, the server's answer is awaited.
 * "open": confirmed, everything that the sharing allows is here.
 */
export type Opening = "closed" | "opening" | "open";

/** A starter as shown. `starter` is absent when it was put aside and the server holds it back since. */
export interface ShownStarter {
  readonly id: string;
  readonly starter: Starter | undefined;
  readonly feedback: StarterFeedback;
}

/** A starter that was put aside while the card is open, and the place where it stood. */
export interface Aside {
  readonly id: string;
  readonly place: number;
  /** Not now, or wrong. */
  readonly feedback: StarterFeedback;
}

/** A card ready to be drawn. */
export interface CardView {
  readonly opening: Opening;
  /** False until the server's card came: nothing can be said of starters yet. */
  readonly loaded: boolean;
  /** Why there is nothing to say yet, or only little. */
  readonly moment: CardMoment;
  readonly shares: readonly SharedKind[];
  readonly starters: readonly ShownStarter[];
  readonly facts: CardFacts;
  readonly outcome: Outcome;
}

/** Lays the wishes of `outbox` over the server's card. `aside` are the starters put aside since the card was opened. */
export function viewCard(visitId: string, card: Card | undefined, outbox: Outbox, aside: readonly Aside[]): CardView {
  const confirmed = card?.confirmed ?? false;
  const greeted = pendingGreeted(outbox, visitId) ?? confirmed;
  const opening: Opening = !greeted ? "closed" : confirmed ? "open" : "opening";
  const takenBack = confirmed && !greeted;
  return {
    opening,
    loaded: card !== undefined,
    moment: card?.moment ?? CardMoment.UNSPECIFIED,
    shares: takenBack ? [] : (card?.shares ?? []),
    starters: takenBack ? [] : shownStarters(visitId, card, outbox, aside),
    facts: card && opening === "open" ? card : NO_FACTS,
    outcome: pendingOutcome(outbox, visitId) ?? card?.outcome ?? Outcome.UNSPECIFIED,
  };
}

/** Whether "greeted" is offered: the person has to stand before the associate, and the server refuses it once they left. */
export function mayGreet(opening: Opening, presence: Presence): boolean {
  return opening === "closed" && presence !== "left";
}

/** The card after the server confirmed an action, until it sends the card anew. */
export function confirmFeedback(card: Card, starterId: string, feedback: StarterFeedback): Card {
  const starters = card.starters.map((starter) => (starter.id === starterId ? { ...starter, feedback } : starter));
  return { ...card, starters };
}

function shownStarters(visitId: string, card: Card | undefined, outbox: Outbox, aside: readonly Aside[]): ShownStarter[] {
  const sent = (card?.starters ?? []).slice(0, MAX_STARTERS);
  const shown: ShownStarter[] = sent.map((starter) => ({
    id: starter.id,
    starter,
    feedback: pendingFeedback(outbox, visitId, starter.id) ?? starter.feedback,
  }));
  const known = new Set(sent.map((starter) => starter.id));
  // The server may hold a starter back once it was put aside. Its place stays, so that one tap brings it back.
  for (const { id, place, feedback } of aside) {
    if (known.has(id) || pendingFeedback(outbox, visitId, id) === StarterFeedback.UNSPECIFIED) continue;
    shown.splice(place, 0, { id, starter: undefined, feedback });
  }
  return shown;
}
