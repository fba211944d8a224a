// The line between an SDK and the server. It passes requests on, and keeps the first answer to a POST to itself: the
// server has taken the events, and the SDK hears nothing of it and must send them again.

import { createServer, request } from "node:http";
import { gunzipSync } from "node:zlib";

export class Line {
  /** What went over it, in order. */
  requests = [];
  #open = 0;
  #lost = false;

  constructor(server) {
    this.server = server;
  }

  /** Its address. */
  async start() {
    this.listener = createServer((from, to) => this.#pass(from, to));
    await new Promise((resolve) => this.listener.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${this.listener.address().port}`;
  }

  #pass(from, to) {
    const lost = !this.#lost && from.method === "POST";
    this.#lost ||= lost;
    const headers = from.headers;
    const seen = {
      method: from.method,
      path: from.url,
      type: headers["content-type"] ?? null,
      encoding: headers["content-encoding"] ?? null,
      retry: headers["x-retry-count"] ?? null,
      wants: headers["access-control-request-headers"] ?? null,
      messages: [],
      lost,
      status: null,
    };
    this.requests.push(seen);
    this.#open += 1;
    const onward = request(new URL(from.url, this.server), { method: from.method, headers }, (answer) => {
      const pieces = [];
      answer.on("data", (piece) => pieces.push(piece));
      answer.on("end", () => {
        seen.status = answer.statusCode;
        this.#open -= 1;
        if (lost) return to.destroy();
        to.writeHead(answer.statusCode, answer.headers);
        to.end(Buffer.concat(pieces));
      });
    });
    const pieces = [];
    from.on("data", (piece) => pieces.push(piece));
    from.on("end", () => {
      const body = Buffer.concat(pieces);
      seen.messages = messagesIn(body);
      onward.end(body);
    });
  }

  /** The messages whose senders know that they have arrived. */
  acknowledged() {
    const answered = this.requests.filter((request) => request.status === 200 && !request.lost);
    return new Set(answered.flatMap((request) => request.messages));
  }

  /** Waits until all that was begun is answered. */
  async end() {
    while (this.#open > 0) await new Promise((resolve) => setImmediate(resolve));
    this.listener.closeAllConnections();
    this.listener.close();
  }
}

/** The numbers that the SDK gave its messages. */
function messagesIn(body) {
  if (body.length === 0) return [];
  const plain = body[0] === 0x1f && body[1] === 0x8b ? gunzipSync(body) : body;
  const sent = JSON.parse(plain.toString());
  return (sent.batch ?? [sent]).map((message) => message.messageId);
}
