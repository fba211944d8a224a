import { create } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import {
  BrandFactSchema,
  FactSource,
  ItemFactSchema,
  MoneySchema,
  OrderFactSchema,
  ServiceFactSchema,
  SizeFactSchema,
  UsualItemSchema,
} from "../gen/shopbell/floor/v1/facts_pb";
import { en } from "../messages/en";
import { formatsFor } from "../messages/format";
import { fr } from "../messages/fr";
import { FactWords, lastOf } from "./fact-words";

const NOW = new Date(2026, 10, 20, 14, 0).getTime();
const on = (year: number, month: number, day: number) => BigInt(new Date(year, month - 1, day, 12, 0).getTime());
const english = new FactWords(en, formatsFor("en"), NOW);
const french = new FactWords(fr, formatsFor("fr"), NOW);
const money = (minor: bigint, currency: string) => create(MoneySchema, { minor, currency });
const euros = (minor: bigint) => money(minor, "EUR");

describe("an item", () => {
  const coat = { productId: "p", name: "Coat", size: "38", quantity: 1, atMs: on(2026, 11, 12) };

  test("tells an earlier price only when today's is known and another one", () => {
    const item = (price: object) => english.item(create(ItemFactSchema, { ...coat, ...price }));
    expect(item({ price: euros(24_900n), priceThen: euros(29_900n) })).toBe("size 38 · 12 Nov · was\u00a0€299");
    expect(item({ price: euros(24_900n), priceThen: euros(24_900n) })).toBe("size 38 · 12 Nov");
    expect(item({ priceThen: euros(29_900n) })).toBe("size 38 · 12 Nov");
    expect(item({ price: euros(24_900n) })).toBe("size 38 · 12 Nov");
  });

  test("tells the pieces of a cart, and nothing that is not known", () => {
    expect(english.item(create(ItemFactSchema, { ...coat, size: "", quantity: 2, atMs: 0n }))).toBe("× 2");
  });
});

test("sizes tell their evidence", () => {
  const size = (fields: object) => create(SizeFactSchema, { of: "shoes", size: "39", ...fields });
  expect(english.size(size({ times: 2, atMs: on(2026, 5, 4) }))).toBe("bought twice · last in May");
  expect(french.size(size({ times: 2, atMs: on(2025, 5, 4) }))).toBe("acheté 2\u00a0fois · la dernière en mai 2025");
  expect(english.size(size({ atMs: on(2026, 3, 4) }))).toBe("told · March");
  expect(english.size(size({ atMs: 0n }))).toBe("told");
  expect(english.size(size({ atMs: on(2026, 3, 4), source: FactSource.PAGE }))).toBe("told · web page · March");
});

test("orders tell where they were placed, and what was paid back", () => {
  const order = create(OrderFactSchema, {
    items: ["Boots", "Socks"],
    lines: 4,
    atMs: on(2026, 5, 4),
    source: FactSource.WEB,
    refunded: [euros(1_950n)],
  });
  expect(english.orderItems(order)).toBe("Boots, Socks and 2 more");
  expect(english.order(order)).toBe("4 May · web shop · €19.50 paid back");
  expect(french.order(order)).toBe("4 mai · boutique en ligne · 19,50\u00a0€ remboursés");
  const byPage = create(OrderFactSchema, { items: ["Boots"], lines: 1, atMs: on(2026, 5, 4), source: FactSource.PAGE });
  expect(english.order(byPage)).toBe("4 May · web page, not confirmed");
  expect(french.order(byPage)).toBe("4 mai · page web, non confirmée");
});

test("usual items tell their rhythm when they have one", () => {
  const item = (fields: object) => english.usual(create(UsualItemSchema, { times: 5, lastAtMs: on(2026, 9, 17), ...fields }));
  expect(item({ everyDays: 60 })).toBe("5 times · about every 60 days · last on 17 Sept");
  expect(item({})).toBe("5 times · last on 17 Sept");
});

describe("a brand", () => {
  const seen = (times: number, at: bigint) => ({ times, firstAtMs: at, lastAtMs: at, source: FactSource.WEB });
  const brand = create(BrandFactSchema, { name: "Lune", bought: seen(3, on(2026, 5, 1)), lookedAt: seen(1, on(2026, 11, 1)) });

  test("tells what speaks for it, and only that", () => {
    expect(english.brand(brand)).toBe("bought 3 times · looked at once");
    expect(english.brand(create(BrandFactSchema, { wanted: seen(2, on(2026, 5, 1)) }))).toBe("saved twice");
  });

  test("is dated by the last of it", () => {
    expect(lastOf(brand)?.lastAtMs).toBe(on(2026, 11, 1));
    expect(lastOf(create(BrandFactSchema))).toBeUndefined();
  });
});

test("amounts in the reader's way, and none for what is no currency", () => {
  expect(english.amounts([euros(218_440n), money(1_500n, "JPY")])).toBe("€2,184.40, JP¥1,500");
  expect(french.amounts([euros(24_900n)])).toBe("249\u00a0€");
  expect(english.amounts([money(5n, "euro")])).toBe("");
  expect(english.money(undefined)).toBe("");
});

test("what is kept until a day begins is kept until the day before", () => {
  const until = (at: Date) => BigInt(at.getTime());
  const service = (at: Date) => create(ServiceFactSchema, { isHere: true, untilMs: until(at) });
  expect(english.service(service(new Date(2026, 10, 30, 0, 0)))).toContain("until 29 Nov");
  expect(french.service(service(new Date(2026, 10, 30, 0, 0)))).toContain("jusqu’au 29 nov.");
  expect(english.service(service(new Date(2026, 10, 30, 0, 1)))).toContain("until 30 Nov");
});
