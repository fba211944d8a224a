// Times, dates and spans in the reader's language. 24 h clock in both.

import type { Language } from "./language";

// "en" alone would write 12-hour times and put the month first.
const LOCALE: Record<Language, string> = { en: "en-GB", fr: "fr-FR" };
/** A span below this is told in words: "0 min" tells nothing. */
export const MINUTE_MS = 60_000;

/** Writers for one language. */
export interface Formats {
  /** Time of day, as `14:05`. */
  time(ms: number): string;
  /** A day, as `12 Nov`; with the year when it is not the year of `now`. */
  day(ms: number, now: number): string;
  /** A span in whole minutes, as `6 min` or `1 h 05`. */
  span(ms: number): string;
  /** A list of words, as `a, b and c`. */
  list(words: readonly string[]): string;
}

/** Makes the writers once: `Intl` objects are costly. */
export function formatsFor(language: Language): Formats {
  const locale = LOCALE[language];
  const time = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const thisYear = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short" });
  const otherYear = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", year: "numeric" });
  const list = new Intl.ListFormat(locale, { type: "conjunction" });
  return {
    time: (ms) => time.format(ms),
    day: (ms, now) => (new Date(ms).getFullYear() === new Date(now).getFullYear() ? thisYear : otherYear).format(ms),
    span: writeSpan,
    list: (words) => list.format(words),
  };
}

function writeSpan(ms: number): string {
  const minutes = Math.floor(ms / MINUTE_MS);
  if (minutes < 60) return `${minutes}\u00a0min`;
  const rest = String(minutes % 60).padStart(2, "0");
  return `${Math.floor(minutes / 60)}\u00a0h\u00a0${rest}`;
}
