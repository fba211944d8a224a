// The calls of the floor, with the associate's token on each. The only file that knows the transport.

import { createClient, type Interceptor } from "@connectrpc/connect";
import { createGrpcWebTransport } from "@connectrpc/connect-web";
import { FloorService, type Card, type WatchFloorResponse } from "../gen/shopbell/floor/v1/floor_pb";
import { endOf, type NoteChange } from "../state/note";
import type { Action } from "../state/outbox";

/** A frozen server raises no error; a call that takes longer counts as lost. */
const CALL_TIMEOUT_MS = 8_000;

/** What the page asks of the server. */
export interface FloorApi {
  /** Opens the floor; `accepted` is called when the server took the call, before its first message. */
  watch(cursor: string, accepted: () => void, signal: AbortSignal): AsyncIterable<WatchFloorResponse>;
  /** The card of a visit in a language. */
  card(visitId: string, language: string, signal: AbortSignal): Promise<Card | undefined>;
  /** Sends a wish; the card as it is now when the server answers with it. */
  send(action: Action, language: string, signal: AbortSignal): Promise<Card | undefined>;
  /** Writes, changes or deletes a note. */
  note(change: NoteChange, language: string): Promise<void>;
}

/** A client of the server that this page came from. */
export function connectFloor(token: string): FloorApi {
  const transport = createGrpcWebTransport({ baseUrl: location.origin, interceptors: [bearer(token)] });
  const client = createClient(FloorService, transport);
  return {
    watch: (cursor, accepted, signal) => client.watchFloor({ cursor }, { signal, onHeader: accepted }),
    card: async (visitId, language, signal) =>
      (await client.getCard({ visitId, language }, { signal, timeoutMs: CALL_TIMEOUT_MS })).card,
    send: async (action, language, signal) => {
      const options = { signal, timeoutMs: CALL_TIMEOUT_MS };
      switch (action.kind) {
        case "greeted":
          return (await client.setGreeted({ visitId: action.visitId, greeted: action.greeted, language }, options)).card;
        case "feedback":
          await client.setFeedback({ visitId: action.visitId, starterId: action.starterId, feedback: action.feedback }, options);
          return undefined;
        case "outcome":
          await client.setOutcome({ visitId: action.visitId, outcome: action.outcome }, options);
          return undefined;
      }
    },
    note: async (change, language) => {
      const options = { timeoutMs: CALL_TIMEOUT_MS };
      switch (change.kind) {
        case "add":
          await client.addNote({ visitId: change.visitId, text: change.text, language, promiseDueMs: endOf(change.promise) || undefined }, options);
          return;
        case "edit":
          await client.editNote(
            { visitId: change.visitId, noteId: change.noteId, text: change.text, language, promiseDueMs: endOf(change.promise) },
            options,
          );
          return;
        case "keep":
          await client.keepPromise({ visitId: change.visitId, noteId: change.noteId, kept: change.kept }, options);
          return;
        case "delete":
          await client.deleteNote({ visitId: change.visitId, noteId: change.noteId }, options);
          return;
      }
    },
  };
}

function bearer(token: string): Interceptor {
  return (next) => (request) => {
    request.header.set("authorization", `Bearer ${token}`);
    return next(request);
  };
}
