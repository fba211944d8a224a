import { describe, expect, it } from "vitest";
import { dayOf, endOf } from "./note";

describe("the day of a promise", () => {
  it("ends when the shop's day ends, also where the clocks change", () => {
    for (const day of ["2026-11-27", "2026-10-25", "2026-03-29", "2028-02-29"]) {
      expect(dayOf(endOf(day))).toBe(day);
      expect(dayOf(endOf(day) + 1n)).not.toBe(day);
    }
  });

  it("is none where none is told", () => {
    expect(endOf("")).toBe(0n);
    expect(endOf("soon")).toBe(0n);
    expect(dayOf(undefined)).toBe("");
  });
});
