import { expect, test } from "vitest";
import { looksLikeToken, tokenInFragment } from "./token";

test("finds the token of an address", () => {
  expect(tokenInFragment("#token=abc.DEF-1_2~")).toBe("abc.DEF-1_2~");
  expect(tokenInFragment("#lang=fr&token=abc")).toBe("abc");
  expect(tokenInFragment("#token=a%2Bb")).toBe("a+b");
});

test("takes nothing that a header cannot carry", () => {
  expect(tokenInFragment("")).toBeUndefined();
  expect(tokenInFragment("#token=")).toBeUndefined();
  expect(tokenInFragment("#token=a%0Ab")).toBeUndefined();
  expect(looksLikeToken("é")).toBe(false);
  expect(looksLikeToken("a b")).toBe(false);
  expect(looksLikeToken("x".repeat(513))).toBe(false);
});
