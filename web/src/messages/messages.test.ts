import { describe, expect, test } from "vitest";
import type { Catalogue } from "./catalogue";
import { en } from "./en";
import { formatsFor } from "./format";
import { fr } from "./fr";
import { firstLanguage } from "./language";

/** Every text of a catalogue, with samples for what it takes. */
function texts(catalogue: Catalogue): string[] {
  const found: string[] = [];
  for (const value of Object.values(catalogue)) {
    if (typeof value === "string") found.push(value);
    else if (typeof value === "function") found.push(String((value as (...args: unknown[]) => unknown)("2", "x")));
    else found.push(...Object.values(value as Record<string, string>));
  }
  return found;
}

describe("French", () => {
  test("has the same texts as English", () => {
    expect(Object.keys(fr).sort()).toEqual(Object.keys(en).sort());
  });

  test("puts unbreakable spaces before ; : ? ! and inside « »", () => {
    for (const text of texts(fr)) {
      expect(text, text).not.toMatch(/[^\u202f\u00a0 ][;?!]/);
      expect(text, text).not.toMatch(/ [;:?!»]|« /);
      expect(text, text).not.toContain('"');
      expect(text, text).not.toContain("'");
    }
  });
});

test("a quotation within a quotation takes the other marks", () => {
  expect(fr.quote("Nous avons «\u00a0Manteau\u00a0» ici.")).toBe("«\u00a0Nous avons “Manteau” ici.\u00a0»");
  expect(en.quote("We have “Coat” here.")).toBe("“We have ‘Coat’ here.”");
});

describe("formats", () => {
  const noon = new Date(2026, 10, 12, 14, 5).getTime();
  const lastYear = new Date(2025, 10, 7, 9, 0).getTime();

  test("24 h times, days with the year only when it is another one", () => {
    for (const language of ["en", "fr"] as const) expect(formatsFor(language).time(noon)).toBe("14:05");
    expect(formatsFor("en").day(noon, noon)).toBe("12 Nov");
    expect(formatsFor("fr").day(noon, noon)).toBe("12 nov.");
    expect(formatsFor("fr").day(lastYear, noon)).toBe("7 nov. 2025");
  });

  test("spans are whole minutes, then hours", () => {
    const { span } = formatsFor("en");
    expect(span(0)).toBe("0\u00a0min");
    expect(span(59 * 60_000 + 59_999)).toBe("59\u00a0min");
    expect(span(65 * 60_000)).toBe("1\u00a0h\u00a005");
  });
});

describe("firstLanguage", () => {
  test("the choice made here, else the first one that the page speaks, else English", () => {
    expect(firstLanguage("fr", ["en-GB"])).toBe("fr");
    expect(firstLanguage(null, ["de-DE", "fr-CA", "en"])).toBe("fr");
    expect(firstLanguage("xx", ["de"])).toBe("en");
  });
});
