// What an associate writes down of what the guest said. Not a wish of the outbox: writing twice would be two notes, so
// nothing is sent again by itself, and the words stay in the field until the server has them.

/** What is to become of a note. */
export type NoteChange =
  | { readonly kind: "add"; readonly visitId: string; readonly text: string; readonly promise: string }
  | { readonly kind: "edit"; readonly visitId: string; readonly noteId: string; readonly text: string; readonly promise: string }
  | { readonly kind: "keep"; readonly visitId: string; readonly noteId: string; readonly kept: boolean }
  | { readonly kind: "delete"; readonly visitId: string; readonly noteId: string };

/** What became of it. `why` is the server's reason in the reader's language, when there is one to tell. */
export type NoteAnswer = { readonly done: true } | { readonly done: false; readonly why: string | undefined };

/** The most that the server takes, in characters. */
export const MAX_NOTE = 500;

/** The end of a day as a date field writes it (`2026-11-27`), by the tablet's clock, which is the shop's; 0 for no day. */
export function endOf(day: string): bigint {
  const [year, month, date] = day.split("-").map(Number);
  if (year === undefined || month === undefined || date === undefined) return 0n;
  const end = new Date(year, month - 1, date, 23, 59, 59, 999).getTime();
  return Number.isNaN(end) ? 0n : BigInt(end);
}

/** The day of a time as a date field writes it; empty without a time. */
export function dayOf(atMs: bigint | number | undefined): string {
  if (atMs === undefined) return "";
  const at = new Date(Number(atMs));
  const two = (part: number) => String(part).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}
