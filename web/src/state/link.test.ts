import { describe, expect, test } from "vitest";
import { nextPhase, type LinkEvent, type Phase } from "./link";

function after(start: Phase, everHeard: boolean, ...events: LinkEvent[]): Phase {
  return events.reduce((phase, event) => nextPhase(phase, event, everHeard), start);
}

describe("nextPhase", () => {
  test("a first message makes it live", () => {
    expect(after("waiting", false, "opening", "heard")).toBe("live");
  });

  test("a server that never answers is offline, not stale: nothing shown could be out of date", () => {
    expect(after("waiting", false, "opening", "silent")).toBe("offline");
    expect(after("waiting", false, "opening", "lost")).toBe("offline");
  });

  test("one loss is a blink, two are offline, and waiting again shows as offline until a word comes", () => {
    expect(after("live", true, "lost")).toBe("waiting");
    expect(after("live", true, "lost", "opening", "lost")).toBe("offline");
    expect(after("live", true, "lost", "opening", "lost", "opening")).toBe("offline");
    expect(after("offline", true, "opening", "heard")).toBe("live");
  });

  test("silence is stale until a message comes, even when a new stream is taken up", () => {
    expect(after("live", true, "silent", "opening", "resumed")).toBe("stale");
    expect(after("live", true, "silent", "opening", "resumed", "heard")).toBe("live");
    expect(after("live", true, "silent", "opening", "lost")).toBe("offline");
  });

  test("a resumed stream is live after a blink and waits for a word after being offline", () => {
    expect(after("live", true, "lost", "opening", "resumed")).toBe("live");
    expect(after("offline", true, "opening", "resumed")).toBe("waiting");
    expect(after("waiting", false, "resumed")).toBe("waiting");
  });
});
