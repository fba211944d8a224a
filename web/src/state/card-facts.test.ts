import { create } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import { CardSchema, SharedKind, type Card } from "../gen/shopbell/floor/v1/floor_pb";
import { atAGlance, emptyKinds, freshKeys, keyOf, speakOf, steadyStarters } from "./card-facts";

const starter = (id: string) => ({ id, say: `say ${id}`, reason: "because" });
const card = (starters: string[], wishes: string[], confirmed = true): Card =>
  create(CardSchema, { confirmed, starters: starters.map(starter), wishList: wishes.map((productId) => ({ productId })) });

describe("freshKeys", () => {
  test("what came while the card was read, and nothing else", () => {
    const after = create(CardSchema, {
      confirmed: true,
      wishList: [{ productId: "coat", size: "38" }, { productId: "coat", size: "40" }],
      searches: [{ query: "scarf" }],
    });
    const before = create(CardSchema, { confirmed: true, wishList: [{ productId: "coat", size: "38" }] });
    expect([...freshKeys(before, after)].sort()).toEqual(["search/scarf", "wish-list/coat/40"]);
    expect(freshKeys(after, before).size).toBe(0);
  });

  test("the same product is another row in another list", () => {
    const [item] = card([], ["coat"]).wishList;
    expect(keyOf.item("cart", item!)).not.toBe(keyOf.item("viewed", item!));
  });

  test("a card that opens is not new in any part", () => {
    expect(freshKeys(undefined, card([], ["coat"])).size).toBe(0);
    expect(freshKeys(card([], [], false), card([], ["coat"])).size).toBe(0);
    expect(freshKeys(card([], []), card([], ["coat"], false)).size).toBe(0);
  });
});

describe("steadyStarters", () => {
  const ids = (before: Card | undefined, after: Card) => steadyStarters(before, after).map(({ id }) => id);

  test("those that are being read keep their order, new ones come after them", () => {
    expect(ids(card(["a", "b"], []), card(["new", "b", "a"], []))).toEqual(["a", "b", "new"]);
    expect(ids(card(["a", "b", "c"], []), card(["new", "c", "a"], []))).toEqual(["a", "c", "new"]);
  });

  test("a card that opens has the server's order", () => {
    expect(ids(undefined, card(["b", "a"], []))).toEqual(["b", "a"]);
    expect(ids(card(["a"], [], false), card(["b", "a"], []))).toEqual(["b", "a"]);
  });
});

test("what a line speaks of is among the few that are shown, and all keep their order", () => {
  const items = ["a", "b", "c", "d", "e"];
  const shown = (...spoken: string[]) => atAGlance(items, 3, (item) => spoken.includes(item)).join("");
  expect(shown()).toBe("abc");
  expect(shown("e")).toBe("abe");
  expect(shown("b", "d", "e")).toBe("bde");
  expect(atAGlance(items, 5, () => false)).toBe(items);
});

test("a line speaks of what it names, aloud or to the associate", () => {
  const starters = card(["Coat"], []).starters;
  expect(speakOf([undefined, ...starters], "Coat")).toBe(true);
  expect(speakOf(starters, "because")).toBe(true);
  expect(speakOf(starters, "Hat") || speakOf(starters, "")).toBe(false);
});

test("parts that are shared and hold nothing are told, and those that are not shared are not", () => {
  const { NAME, WISH_LIST, CART, BROWSING, PREFERENCES, PURCHASES, SIZES } = SharedKind;
  const facts = card([], ["coat"]);
  expect(emptyKinds([NAME, WISH_LIST, SIZES, CART, PREFERENCES], facts)).toEqual([SIZES, CART, PREFERENCES]);
  expect(emptyKinds([NAME, WISH_LIST], facts)).toEqual([]);
  const brands = create(CardSchema, { brands: [{ name: "Lune" }] });
  expect(emptyKinds([PURCHASES, BROWSING, PREFERENCES], brands)).toEqual([]);
});
