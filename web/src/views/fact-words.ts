// What the lines under facts say. Every word comes from the catalogue.

import {
  FactSource,
  type BrandFact,
  type DesignFact,
  type Evidence,
  type ItemFact,
  type Money,
  type NoteFact,
  type ServiceFact,
  type OrderFact,
  type SizeFact,
  type UsualItem,
} from "../gen/shopbell/floor/v1/facts_pb";
import type { Catalogue } from "../messages/catalogue";
import type { Formats } from "../messages/format";

/** Writes facts in one language, as of one moment of the server's clock. */
export class FactWords {
  constructor(
    private readonly t: Catalogue,
    private readonly formats: Formats,
    private readonly now: number,
  ) {}

  /** An amount; empty when there is none. */
  money(money: Money | undefined): string {
    return money === undefined ? "" : this.formats.money(Number(money.minor), money.currency);
  }

  /** Several amounts. */
  amounts(amounts: readonly Money[]): string {
    return amounts.map((money) => this.money(money)).filter(told).join(", ");
  }

  /** Where a fact is from, and when it happened there. */
  origin(source: FactSource, atMs: bigint): string {
    const at = atMs > 0n ? this.formats.moment(Number(atMs)) : "";
    return [this.t.source[source] || this.t.sourceUnknown, at].filter(told).join(", ");
  }

  day(atMs: bigint): string {
    return atMs > 0n ? this.formats.day(Number(atMs), this.now) : "";
  }

  month(atMs: bigint): string {
    return atMs > 0n ? this.formats.month(Number(atMs), this.now) : "";
  }

  /** Of a wish, what is in the cart, or what was looked at. */
  item(item: ItemFact): string {
    const then = this.money(item.priceThen);
    return join(
      item.size === "" ? "" : this.t.size(item.size),
      item.quantity > 1 ? `× ${item.quantity}` : "",
      this.day(item.atMs),
      item.price !== undefined && then !== "" && then !== this.money(item.price) ? this.t.priceThen(then) : "",
    );
  }

  usual(item: UsualItem): string {
    const rhythm = item.everyDays === undefined ? "" : this.t.everyDays(item.everyDays);
    return join(this.t.times(item.times), rhythm, item.lastAtMs > 0n ? this.t.lastOn(this.day(item.lastAtMs)) : "");
  }

  size(size: SizeFact): string {
    const byPage = size.source === FactSource.PAGE ? this.t.source[FactSource.PAGE] : "";
    if (size.times === 0) return join(this.t.told, byPage, this.month(size.atMs));
    return join(this.t.boughtTimes(size.times), size.atMs > 0n ? this.t.lastIn(this.month(size.atMs)) : "");
  }

  orderItems(order: OrderFact): string {
    const more = order.lines - order.items.length;
    return more > 0 ? `${order.items.join(", ")} ${this.t.moreLines(more)}` : order.items.join(", ");
  }

  order(order: OrderFact): string {
    const refunded = this.amounts(order.refunded);
    const source = order.source === FactSource.PAGE ? this.t.notConfirmed : (this.t.source[order.source] ?? "");
    return join(this.day(order.atMs), source, refunded === "" ? "" : this.t.refunded(refunded));
  }

  /** What speaks for a brand, strongest first. */
  brand(brand: BrandFact): string {
    return join(
      this.#evidence(brand.bought, this.t.boughtTimes),
      this.#evidence(brand.wanted, this.t.wantedTimes),
      this.#evidence(brand.lookedAt, this.t.lookedAtTimes),
    );
  }

  /** Who noted something, and when; and what was promised with it. */
  note(note: NoteFact): string {
    const due = note.promiseDueMs === undefined ? "" : this.t.promiseBy(this.day(note.promiseDueMs));
    const changed = note.changedAtMs === undefined ? "" : this.t.noteChanged;
    return join(note.author, this.day(note.atMs), changed, note.promiseKept ? this.t.promiseKept : due);
  }

  /** What waits, where and how long. */
  service(service: ServiceFact): string {
    const more = service.lines - service.items.length;
    const items = more > 0 ? `${service.items.join(", ")} ${this.t.moreLines(more)}` : service.items.join(", ");
    const place = service.isHere ? this.t.serviceHere : service.store === "" ? "" : this.t.serviceIn(service.store);
    // What ends as a day begins, ends with the day before.
    const until = service.untilMs === undefined ? "" : this.t.until(this.day(service.untilMs - 1n));
    return join(items, place, until, service.source === FactSource.PAGE ? this.t.notConfirmed : "");
  }

  /** The time of something of today. */
  time(atMs: bigint): string {
    return atMs > 0n ? this.formats.time(Number(atMs)) : "";
  }

  design(design: DesignFact): string {
    return design.choices.map(({ name, value }) => `${this.t.preference(name)}\u00a0${value}`).join(" · ");
  }

  #evidence(evidence: Evidence | undefined, times: (count: number) => string): string {
    return evidence === undefined || evidence.times === 0 ? "" : times(evidence.times);
  }
}

/** The latest evidence of a brand. */
export function lastOf(brand: BrandFact): Evidence | undefined {
  const all = [brand.bought, brand.wanted, brand.lookedAt].filter((evidence) => evidence !== undefined);
  return all.reduce<Evidence | undefined>((last, next) => (last && last.lastAtMs >= next.lastAtMs ? last : next), undefined);
}

function join(...parts: string[]): string {
  return parts.filter(told).join(" · ");
}

function told(text: string): boolean {
  return text !== "";
}
