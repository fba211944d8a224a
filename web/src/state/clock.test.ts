import { describe, expect, test } from "vitest";
import { hear, serverAt } from "./clock";

describe("the server's clock", () => {
  test("goes on by the steady clock between stamps", () => {
    expect(serverAt(hear(undefined, 1_000_000, 500), 2_500)).toBe(1_002_000);
  });

  test("a stamp that the line delayed does not set it back", () => {
    const anchor = hear(undefined, 1_000_000, 0);
    expect(serverAt(hear(anchor, 1_009_700, 10_000), 10_000)).toBe(1_010_000);
  });

  test("a stamp ahead is taken: the one before had been delayed more", () => {
    const anchor = hear(undefined, 1_000_000, 0);
    expect(serverAt(hear(anchor, 1_010_300, 10_000), 10_000)).toBe(1_010_300);
  });

  test("a server whose clock was set back is followed", () => {
    const anchor = hear(undefined, 1_000_000, 0);
    expect(serverAt(hear(anchor, 400_000, 10_000), 11_000)).toBe(401_000);
  });
});
