// A shop for the browser tests: serves the built page and speaks just enough gRPC-Web (binary) to play a floor.
// It keeps every call that the page makes, and can go silent, cut its lines, or fail on purpose.

import { create, fromBinary, toBinary, type DescMessage, type MessageShape } from "@bufbuild/protobuf";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import * as facts from "../src/gen/shopbell/floor/v1/facts_pb";
import * as floor from "../src/gen/shopbell/floor/v1/floor_pb";
import * as notes from "../src/gen/shopbell/floor/v1/notes_pb";

const DIST = fileURLToPath(new URL("../dist", import.meta.url));
// The server's own policy: the page must live with it.
const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; manifest-src 'self'; " +
  "worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".webmanifest": "application/manifest+json",
};

/** gRPC status codes that the tests use. */
export const Status = { ok: 0, invalidArgument: 3, notFound: 5, failedPrecondition: 9, unavailable: 14, unauthenticated: 16 } as const;

/** A card as far as the server knows it, by language. */
export type CardOf = (language: string) => floor.Card;

/** A call that the page made. */
export interface Call {
  readonly method: string;
  readonly message: unknown;
}

/** The fake server. Fields may be set by a test at any time. */
export class FakeShop {
  readonly calls: Call[] = [];
  readonly guests = new Map<string, floor.Guest>();
  readonly cards = new Map<string, CardOf>();
  token = "good-token";
  storeName = "Lyon République";
  associateName = "Inès";
  zones = [
    { id: "entrance", name: "Entrée" },
    { id: "women", name: "Femme" },
    { id: "shoes", name: "Chaussures" },
    { id: "men", name: "Homme" },
  ];
  /** The clock of the server, which the page has to follow whatever its own says. */
  now: () => number = Date.now;
  /** When false, streams stay open and say nothing more. */
  talking = true;
  /** When set, every set-call fails with this status. */
  failSets: number | undefined;
  /** Why a note must not be kept; undefined when it may be. */
  refusesNote: (text: string) => string | undefined = () => undefined;

  #server: Server | undefined;
  #port = 0;
  #heartbeat: ReturnType<typeof setInterval> | undefined;
  readonly #streams = new Set<ServerResponse>();
  readonly #log: floor.FloorDelta[] = [];

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get openStreams(): number {
    return this.#streams.size;
  }

  async start(): Promise<void> {
    const server = createServer((request, response) => {
      this.#handle(request, response).catch((error: unknown) => {
        if (!response.headersSent) response.writeHead(500);
        response.end(String(error));
      });
    });
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(this.#port, "127.0.0.1", resolve));
    this.#port = (server.address() as AddressInfo).port;
    this.#heartbeat = setInterval(() => this.#say({ case: "heartbeat", value: create(floor.FloorHeartbeatSchema) }), 1_000);
  }

  /** Cuts every line and stops listening; `start` again comes back on the same port. */
  async stop(): Promise<void> {
    clearInterval(this.#heartbeat);
    const server = this.#server;
    if (!server) return;
    this.#server = undefined;
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  }

  put(guest: floor.Guest, card?: CardOf): void {
    this.guests.set(guest.visitId, guest);
    if (card) this.cards.set(guest.visitId, card);
    this.#delta({ case: "guest", value: guest });
  }

  remove(visitId: string): void {
    this.guests.delete(visitId);
    this.cards.delete(visitId);
    this.#delta({ case: "removedVisitId", value: visitId });
  }

  /** Says that the card of a visit changed. */
  touch(visitId: string): void {
    const guest = this.guests.get(visitId);
    if (guest) this.put({ ...guest, cardRevision: guest.cardRevision + 1n });
  }

  callsOf(method: string): unknown[] {
    return this.calls.filter((call) => call.method === method).map((call) => call.message);
  }

  #delta(change: floor.FloorDelta["change"]): void {
    const delta = create(floor.FloorDeltaSchema, { change });
    this.#log.push(delta);
    this.#say({ case: "delta", value: delta });
  }

  #say(body: floor.WatchFloorResponse["body"]): void {
    if (!this.talking) return;
    for (const stream of this.#streams) stream.write(this.#frameOf(body, this.#log.length));
  }

  #frameOf(body: floor.WatchFloorResponse["body"], cursor: number): Buffer {
    const message = { body, cursor: `c${cursor}`, serverTimeMs: BigInt(Math.round(this.now())) };
    return frame(floor.WatchFloorResponseSchema, create(floor.WatchFloorResponseSchema, message));
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = /^\/shopbell\.floor\.v1\.FloorService\/(\w+)$/.exec(request.url ?? "")?.[1];
    if (method === undefined) return serveFile(request.url ?? "/", response);
    const body = await readBody(request);
    response.writeHead(200, { "content-type": "application/grpc-web+proto" });
    if (request.headers.authorization !== `Bearer ${this.token}`) return end(response, Status.unauthenticated);
    this.#call(method, body.subarray(5), response);
  }

  #call(method: string, bytes: Uint8Array, response: ServerResponse): void {
    switch (method) {
      case "WatchFloor":
        return this.#watch(fromBinary(floor.WatchFloorRequestSchema, bytes), response);
      case "GetCard": {
        const asked = this.#note(method, fromBinary(floor.GetCardRequestSchema, bytes));
        const card = this.#cardOf(asked.visitId, asked.language);
        if (!card) return end(response, Status.notFound);
        return reply(response, floor.GetCardResponseSchema, create(floor.GetCardResponseSchema, { card }));
      }
      case "SetGreeted": {
        const asked = this.#note(method, fromBinary(floor.SetGreetedRequestSchema, bytes));
        if (this.failSets !== undefined) return end(response, this.failSets);
        this.#greet(asked.visitId, asked.greeted);
        const card = this.#cardOf(asked.visitId, asked.language);
        if (!card) return end(response, Status.notFound);
        return reply(response, floor.SetGreetedResponseSchema, create(floor.SetGreetedResponseSchema, { card }));
      }
      case "SetFeedback": {
        const asked = this.#note(method, fromBinary(floor.SetFeedbackRequestSchema, bytes));
        if (this.failSets !== undefined) return end(response, this.failSets);
        this.#feedback.set(`${asked.visitId}/${asked.starterId}`, asked.feedback);
        this.touch(asked.visitId);
        return reply(response, floor.SetFeedbackResponseSchema, create(floor.SetFeedbackResponseSchema));
      }
      case "SetOutcome": {
        const asked = this.#note(method, fromBinary(floor.SetOutcomeRequestSchema, bytes));
        if (this.failSets !== undefined) return end(response, this.failSets);
        this.#outcomes.set(asked.visitId, asked.outcome);
        this.touch(asked.visitId);
        return reply(response, floor.SetOutcomeResponseSchema, create(floor.SetOutcomeResponseSchema));
      }
      case "AddNote": {
        const asked = this.#note(method, fromBinary(notes.AddNoteRequestSchema, bytes));
        return this.#noted(response, asked.visitId, { noteId: `n${this.calls.length}`, ...promised(asked) }, notes.AddNoteResponseSchema);
      }
      case "EditNote": {
        const asked = this.#note(method, fromBinary(notes.EditNoteRequestSchema, bytes));
        return this.#noted(response, asked.visitId, { noteId: asked.noteId, ...promised(asked) }, notes.EditNoteResponseSchema);
      }
      case "DeleteNote": {
        const asked = this.#note(method, fromBinary(notes.DeleteNoteRequestSchema, bytes));
        return this.#noted(response, asked.visitId, { noteId: asked.noteId, text: "" }, notes.DeleteNoteResponseSchema);
      }
      case "KeepPromise": {
        const asked = this.#note(method, fromBinary(notes.KeepPromiseRequestSchema, bytes));
        const known = this.cards.get(asked.visitId)?.("en").notes.find((note) => note.noteId === asked.noteId);
        if (!known) return end(response, Status.notFound);
        const kept = { noteId: known.noteId, text: known.text, promiseDueMs: known.promiseDueMs, promiseKept: asked.kept };
        return this.#noted(response, asked.visitId, kept, notes.KeepPromiseResponseSchema);
      }
      default:
        return end(response, 12);
    }
  }

  /** Puts a note in place of the one with its number; one without a text takes it away. */
  #noted(response: ServerResponse, visitId: string, noted: Noted, answer: DescMessage): void {
    const { noteId, text } = noted;
    if (this.failSets !== undefined) return end(response, this.failSets);
    const refusal = this.refusesNote(text);
    if (refusal !== undefined) return end(response, Status.invalidArgument, refusal);
    const before = this.cards.get(visitId);
    const may = { mayEdit: true, mayDelete: true, mayKeep: true };
    const note = { ...noted, author: this.associateName, atMs: BigInt(this.now()), source: 6, ...may };
    this.cards.set(visitId, (language) => {
      const card = before?.(language) ?? create(floor.CardSchema);
      const others = card.notes.filter((other) => other.noteId !== noteId);
      return { ...card, notes: text === "" ? others : [create(facts.NoteFactSchema, note), ...others] };
    });
    reply(response, answer, create(answer));
    this.touch(visitId);
  }

  readonly #feedback = new Map<string, floor.StarterFeedback>();
  readonly #outcomes = new Map<string, floor.Outcome>();
  readonly #confirmed = new Set<string>();

  #note<T>(method: string, message: T): T {
    this.calls.push({ method, message });
    return message;
  }

  #greet(visitId: string, greeted: boolean): void {
    const guest = this.guests.get(visitId);
    if (!guest) return;
    if (greeted) this.#confirmed.add(visitId);
    else this.#confirmed.delete(visitId);
    const { greetedBy: _, ...rest } = guest;
    this.put({ ...rest, ...(greeted ? { greetedBy: this.associateName } : {}), cardRevision: guest.cardRevision + 1n } as floor.Guest);
  }

  /** The real rules in small: minimal until confirmed, and a starter that was put aside is held back. */
  #cardOf(visitId: string, language: string): floor.Card | undefined {
    const guest = this.guests.get(visitId);
    if (!guest) return undefined;
    const full = this.cards.get(visitId)?.(language) ?? create(floor.CardSchema);
    const confirmed = this.#confirmed.has(visitId);
    const feedbackOf = (id: string) => this.#feedback.get(`${visitId}/${id}`) ?? floor.StarterFeedback.UNSPECIFIED;
    const starters = full.starters
      .filter((starter) => confirmed || starter.kind === floor.StarterKind.HELP_WANTED)
      .map((starter) => ({ ...starter, feedback: feedbackOf(starter.id) }))
      .filter(({ feedback }) => feedback !== floor.StarterFeedback.NOT_NOW && feedback !== floor.StarterFeedback.WRONG);
    const outcome = this.#outcomes.get(visitId) ?? floor.Outcome.UNSPECIFIED;
    if (confirmed) return { ...full, guest, confirmed, starters, outcome };
    return create(floor.CardSchema, { guest, starters, outcome, moment: full.moment });
  }

  #watch(asked: floor.WatchFloorRequest, response: ServerResponse): void {
    this.#note("WatchFloor", asked);
    // A page that gave up meanwhile closes only once, and nobody was listening yet.
    if (response.destroyed || response.closed) return;
    response.flushHeaders();
    if (this.talking) {
      const from = /^c(\d+)$/.exec(asked.cursor)?.[1];
      if (from === undefined) {
        const snapshot = create(floor.FloorSnapshotSchema, {
          storeName: this.storeName,
          associateName: this.associateName,
          zones: this.zones,
          guests: [...this.guests.values()],
        });
        response.write(this.#frameOf({ case: "snapshot", value: snapshot }, this.#log.length));
      } else {
        for (let at = Number(from); at < this.#log.length; at += 1) {
          const delta = this.#log[at];
          if (delta) response.write(this.#frameOf({ case: "delta", value: delta }, at + 1));
        }
      }
    }
    this.#streams.add(response);
    response.on("close", () => this.#streams.delete(response));
  }
}

function frame<Desc extends DescMessage>(schema: Desc, message: MessageShape<Desc>): Buffer {
  return envelope(0x00, toBinary(schema, message));
}

function envelope(flag: number, bytes: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(flag, 0);
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

function reply<Desc extends DescMessage>(response: ServerResponse, schema: Desc, message: MessageShape<Desc>): void {
  response.write(frame(schema, message));
  end(response, Status.ok);
}

/** A note as the fake shop keeps it. */
type Noted = { readonly noteId: string; readonly text: string; readonly promiseDueMs?: bigint | undefined; readonly promiseKept?: boolean };

/** What a request says and promises; 0 is no promise. */
function promised(asked: { readonly text: string; readonly promiseDueMs?: bigint | undefined }): Pick<Noted, "text" | "promiseDueMs"> {
  return { text: asked.text, ...(asked.promiseDueMs ? { promiseDueMs: asked.promiseDueMs } : {}) };
}

function end(response: ServerResponse, status: number, message = ""): void {
  const reason = message === "" ? "" : `grpc-message: ${encodeURIComponent(message)}\r\n`;
  response.end(envelope(0x80, Buffer.from(`grpc-status: ${status}\r\n${reason}`)));
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

async function serveFile(url: string, response: ServerResponse): Promise<void> {
  const path = normalize(new URL(url, "http://shop").pathname);
  const name = path === "/" ? "/index.html" : path;
  const bytes = await readFile(join(DIST, name)).catch(() => undefined);
  if (!bytes) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, { "content-type": TYPES[extname(name)] ?? "application/octet-stream", "content-security-policy": CSP });
  response.end(bytes);
}
