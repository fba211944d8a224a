// The languages of the page, and which one to begin with.

/** A language that the page speaks, as a BCP 47 tag. */
export type Language = "en" | "fr";

/** All of them, in the order of the switch. */
export const LANGUAGES: readonly Language[] = ["fr", "en"];

/** The language to begin with: the one chosen here before, else the first of the browser's that the page speaks. */
export function firstLanguage(chosen: string | null, preferred: readonly string[]): Language {
  if (chosen === "en" || chosen === "fr") return chosen;
  for (const tag of preferred) {
    const primary = tag.toLowerCase().split("-")[0];
    if (primary === "en" || primary === "fr") return primary;
  }
  return "en";
}
