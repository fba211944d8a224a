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
import { CardSchema, type Card, type Starter } from "../gen/shopbell/floor/v1/floor_pb";

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
