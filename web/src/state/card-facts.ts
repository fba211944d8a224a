// The facts of an open card, and what a fresh card changes of one that is being read. Pure.

import { create } from "@bufbuild/protobuf";
import type {
  CouponFact,
  DesignFact,
  ItemFact,
  NoteFact,
  OrderFact,
  SearchFact,
  ServiceFact,
  VisitOrderFact,
} from "../gen/shopbell/floor/v1/facts_pb";
import { CardSchema, SharedKind, type Card, type Starter } from "../gen/shopbell/floor/v1/floor_pb";

/** The parts of a card that are facts of the guest, each list in the server's order. */
type Facts =
  | "sizes"
  | "wishList"
  | "cart"
  | "checkout"
  | "coupons"
  | "usualItems"
  | "orders"
  | "viewed"
  | "searches"
  | "interests"
  | "brands"
  | "preferences"
  | "designs"
  | "reviews"
  | "lifetime"
  | "visitOrders"
  | "services"
  | "notes"
  | "notesOpen";

/** Facts on an open card. */
export type CardFacts = Readonly<Pick<Card, Facts>>;

/** Those of a card that is not open. */
export const NO_FACTS: CardFacts = create(CardSchema);

/** What a row is known by from one card to the next. */
export const keyOf = {
  item: (list: string, item: ItemFact) => `${list}/${item.productId}/${item.size}`,
  order: (order: OrderFact) => `order/${order.orderId}`,
  search: (search: SearchFact) => `search/${search.query}`,
  design: (design: DesignFact) => `design/${design.designId}`,
  coupon: (coupon: CouponFact) => `coupon/${coupon.code}`,
  paid: (order: VisitOrderFact) => `paid/${order.orderId}`,
  note: (note: NoteFact) => `note/${note.noteId}`,
  service: (service: ServiceFact) => `service/${service.kind}/${service.serviceId}/${service.step}`,
};

/** The rows that a card has and the one before it had not: what came while it was being read. */
export function freshKeys(before: Card | undefined, after: Card): ReadonlySet<string> {
  if (!before?.confirmed || !after.confirmed) return new Set();
  const known = keysOf(before);
  return new Set([...keysOf(after)].filter((key) => !known.has(key)));
}

/**
 * Starters in an order that holds still while they are being read: those that were there keep theirs, new ones come
 * after them.
 */
export function steadyStarters(before: Card | undefined, after: Card): Starter[] {
  if (!before?.confirmed || !after.confirmed) return after.starters;
  const place = new Map(before.starters.map((starter, index) => [starter.id, index]));
  const last = before.starters.length;
  return [...after.starters].sort((a, b) => (place.get(a.id) ?? last) - (place.get(b.id) ?? last));
}

/**
 * The rows of a list that are shown before all are asked for: those that a line above speaks of are always among them, and
 * all keep their order.
 */
export function atAGlance<T>(items: readonly T[], few: number, spokenOf: (item: T) => boolean): readonly T[] {
  if (items.length <= few) return items;
  const chosen = new Set([...items.filter(spokenOf), ...items.filter((item) => !spokenOf(item))].slice(0, few));
  return items.filter((item) => chosen.has(item));
}

/** Whether something of this name is spoken of in one of the lines that are shown. */
export function speakOf(starters: readonly (Starter | undefined)[], name: string): boolean {
  return name !== "" && starters.some((starter) => starter?.say.includes(name) || starter?.reason.includes(name));
}

/** The parts that the guest shares and that hold nothing: a card without them is not one where something is missing. */
export function emptyKinds(shares: readonly SharedKind[], facts: CardFacts): SharedKind[] {
  const holds = (...lists: readonly (readonly unknown[])[]) => lists.some((list) => list.length > 0);
  const full: Partial<Record<SharedKind, boolean>> = {
    [SharedKind.WISH_LIST]: holds(facts.wishList),
    [SharedKind.SIZES]: holds(facts.sizes),
    [SharedKind.CART]: holds(facts.cart, facts.coupons) || facts.checkout !== undefined,
    [SharedKind.PURCHASES]:
      holds(facts.orders, facts.usualItems, facts.services, facts.visitOrders, facts.reviews, facts.brands) || facts.lifetime !== undefined,
    [SharedKind.BROWSING]: holds(facts.viewed, facts.searches, facts.interests, facts.brands),
    [SharedKind.PREFERENCES]: holds(facts.preferences, facts.designs, facts.brands),
  };
  return shares.filter((kind) => full[kind] === false);
}

function keysOf(card: Card): Set<string> {
  return new Set([
    ...card.wishList.map((item) => keyOf.item("wish-list", item)),
    ...card.cart.map((item) => keyOf.item("cart", item)),
    ...card.viewed.map((item) => keyOf.item("viewed", item)),
    ...card.orders.map(keyOf.order),
    ...card.searches.map(keyOf.search),
    ...card.designs.map(keyOf.design),
    ...card.coupons.map(keyOf.coupon),
    ...card.visitOrders.map(keyOf.paid),
    ...card.notes.map(keyOf.note),
    ...card.services.map(keyOf.service),
  ]);
}
