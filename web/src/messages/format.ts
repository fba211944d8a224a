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
  /** A month, as `May`; with the year when it is not the year of `now`. */
  month(ms: number, now: number): string;
  /** A day with its year and the time, as `12 Nov 2026, 14:05`. */
  moment(ms: number): string;
  /** An amount in minor units, as `€249` or `€24.90`; empty for what is no currency. */
  money(minor: number, currency: string): string;
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
  const monthOnly = new Intl.DateTimeFormat(locale, { month: "long" });
  const monthAndYear = new Intl.DateTimeFormat(locale, { month: "long", year: "numeric" });
  const list = new Intl.ListFormat(locale, { type: "conjunction" });
  const sameYear = (ms: number, now: number) => new Date(ms).getFullYear() === new Date(now).getFullYear();
  return {
    time: (ms) => time.format(ms),
    day: (ms, now) => (sameYear(ms, now) ? thisYear : otherYear).format(ms),
    month: (ms, now) => (sameYear(ms, now) ? monthOnly : monthAndYear).format(ms),
    moment: (ms) => `${otherYear.format(ms)}, ${time.format(ms)}`,
    money: moneyWriter(locale),
    span: writeSpan,
    list: (words) => list.format(words),
  };
}

function moneyWriter(locale: string): Formats["money"] {
  const writers = new Map<string, Intl.NumberFormat>();
  return (minor, currency) => {
    if (!/^[A-Z]{3}$/.test(currency)) return "";
    let writer = writers.get(currency);
    if (!writer) {
      writer = new Intl.NumberFormat(locale, { style: "currency", currency, trailingZeroDisplay: "stripIfInteger" });
      writers.set(currency, writer);
    }
    return writer.format(minor / 10 ** (writer.resolvedOptions().maximumFractionDigits ?? 2));
  };
}

function writeSpan(ms: number): string {
  const minutes = Math.floor(ms / MINUTE_MS);
  if (minutes < 60) return `${minutes}\u00a0min`;
  const rest = String(minutes % 60).padStart(2, "0");
  return `${Math.floor(minutes / 60)}\u00a0h\u00a0${rest}`;
}
