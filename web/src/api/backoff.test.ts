import { expect, test } from "vitest";
import { backoffMs } from "./backoff";

test("grows, is capped, and is spread by at most a half", () => {
  for (const random of [0, 0.25, 0.5, 0.999]) {
    let last = 0;
    for (let failures = 1; failures < 2_000; failures += 1) {
      const wait = backoffMs(failures, random);
      expect(wait).toBeGreaterThanOrEqual(last);
      expect(wait).toBeGreaterThanOrEqual(150);
      expect(wait).toBeLessThanOrEqual(10_000);
      last = wait;
    }
  }
  expect(backoffMs(1, 0)).toBe(150);
  expect(backoffMs(50, 0)).toBe(5_000);
});
