// What an associate writes down of what the guest said. Not a wish of the outbox: writing twice would be two notes, so
// nothing is sent again by itself, and the words stay in the field until the server has them.

/** What is to become of a note. */
export type NoteChange =
  | { readonly kind: "add"; readonly visitId: string; readonly text: string }
  | { readonly kind: "edit"; readonly visitId: string; readonly noteId: string; readonly text: string }
  | { readonly kind: "delete"; readonly visitId: string; readonly noteId: string };

/** What became of it. `why` is the server's reason in the reader's language, when there is one to tell. */
export type NoteAnswer = { readonly done: true } | { readonly done: false; readonly why: string | undefined };

/** The most that the server takes, in characters. */
export const MAX_NOTE = 500;
