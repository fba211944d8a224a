// The demo's shop as real processes: one server, two agents that replay the recorded radio, and the page that the server
// embeds. Its clock is the recording's, so Camille comes in seven seconds after the start, whenever that is.

import { type Client, createClient } from "@connectrpc/connect";
import { createGrpcWebTransport } from "@connectrpc/connect-web";
import { type Browser, type BrowserContext, type Locator, type Page, expect } from "@playwright/test";
import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:net";
import { join } from "node:path";
import { ConsentService } from "../src/gen/shopbell/customer/v1/consent_pb";
import { PrivacyService } from "../src/gen/shopbell/customer/v1/privacy_pb";
import { CustomerService } from "../src/gen/shopbell/customer/v1/customer_pb";

export const ROOT = join(import.meta.dirname, "..", "..");

/** The write key of the demo's web shop. */
export const WRITE_KEY = "demo-web-shop";

/** What the demo is started with. "still": nobody does anything but walk about; what else happens is the test's. */
export type Mode = "whole" | "still";

/** `make demo` after its build, on a free port, which also names its directory. */
export class RealShop {
  /** What a page complained of. */
  readonly complaints: string[] = [];
  /** The retailer's app: what a customer decides on her phone. */
  readonly app: Client<typeof CustomerService>;
  /** The same, use by use. */
  readonly consent: Client<typeof ConsentService>;
  /** What a customer may ask of the retailer. */
  readonly privacy: Client<typeof PrivacyService>;

  private constructor(
    readonly url: string,
    private readonly process: ChildProcess,
  ) {
    const bearer = "Bearer demo-app";
    const transport = createGrpcWebTransport({
      baseUrl: url,
      interceptors: [(next) => (request) => (request.header.set("authorization", bearer), next(request))],
    });
    this.app = createClient(CustomerService, transport);
    this.consent = createClient(ConsentService, transport);
    this.privacy = createClient(PrivacyService, transport);
  }

  static async start(mode: Mode): Promise<RealShop> {
    const address = `127.0.0.1:${await freePort()}`;
    const process = spawn("deploy/demo/run.sh", mode === "still" ? ["--still"] : [], {
      cwd: ROOT,
      env: { ...globalThis.process.env, SHOPBELL_DEMO_ADDRESS: address },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let said = "";
    await new Promise<void>((resolve, reject) => {
      const hear = (chunk: Buffer) => {
        said += chunk.toString();
        if (said.includes("Ctrl-C ends everything")) resolve();
      };
      process.stdout?.on("data", hear);
      process.stderr?.on("data", hear);
      process.once("exit", () => reject(new Error(`the demo ended:\n${said}`)));
    });
    return new RealShop(`http://${address}`, process);
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.process.once("exit", resolve));
    this.process.kill("SIGINT");
    await ended;
  }

  /** A tablet, signed in, in a browser context of its own. */
  async tablet(browser: Browser, whose: "ines" | "tom", locale = "en-GB"): Promise<Tablet> {
    const context = await browser.newContext({ locale });
    const page = await context.newPage();
    page.on("console", (message) => message.type() === "error" && this.complaints.push(message.text()));
    page.on("pageerror", (error) => this.complaints.push(String(error)));
    await page.goto(`${this.url}/#token=demo-tablet-${whose}`);
    await expect(page.getByTestId("link")).toHaveAttribute("data-state", "live");
    return new Tablet(context, page);
  }
}

/** A tablet of the shop. */
export class Tablet {
  constructor(
    readonly context: BrowserContext,
    readonly page: Page,
  ) {}

  row(name: string): Locator {
    return this.page.getByTestId("guest-row").filter({ hasText: name });
  }

  get card(): Locator {
    return this.page.getByTestId("card");
  }

  /** Opens the card of a guest who is here, or will be in a moment, and greets them. */
  async greet(name: string): Promise<void> {
    await expect(this.row(name)).toHaveAttribute("data-presence", "here", { timeout: 120_000 });
    await this.row(name).click();
    await this.page.getByTestId("greet").click();
    await expect(this.card).toHaveAttribute("data-opening", "open");
  }

  async close(): Promise<void> {
    await this.context.close();
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const bound = server.address();
      server.close(() => (bound && typeof bound === "object" ? resolve(bound.port) : reject(new Error("no port"))));
    });
  });
}
