// A page of the retailer's web shop on a customer's phone, with Segment's SDK for the browser as it stands in its
// package (`tests/sdks/setup.sh browser` brings it). The page is of another origin than the server; all that the SDK is
// told is its write key and where its settings are.

import { type Browser, type BrowserContext, type Page } from "@playwright/test";
import { execFileSync } from "node:child_process";
import { createReadStream, existsSync } from "node:fs";
import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { basename, join } from "node:path";
import { ROOT, WRITE_KEY } from "./real-shop";

const SDK = join(ROOT, "tests/sdks/node_modules/@segment/analytics-next/dist/umd");
const PAGE = `<!doctype html><html lang="fr"><meta charset="utf-8"><title>Maison Lumen</title>
<link rel="icon" href="data:,"><script src="/sdk/index.js"></script><h1>Maison Lumen</h1></html>`;

/** What the page's script has, of the SDK's own. */
interface Analytics {
  identify(userId: string): Promise<unknown>;
  track(event: string, properties: object): Promise<unknown>;
}

/** The web shop as one customer's phone shows it. */
export class WebShop {
  private constructor(
    private readonly server: Server,
    private readonly context: BrowserContext,
    private readonly page: Page,
  ) {}

  /** Opens the web shop; nobody is signed in. */
  static async open(browser: Browser, shopUrl: string): Promise<WebShop> {
    execFileSync(join(ROOT, "tests/sdks/setup.sh"), ["browser"], { stdio: "inherit" });
    const server = createServer((request, response) => {
      const file = join(SDK, basename(request.url ?? ""));
      const script = (request.url ?? "").startsWith("/sdk/") && existsSync(file);
      response.writeHead(200, { "content-type": script ? "text/javascript" : "text/html" });
      if (script) createReadStream(file).pipe(response);
      else response.end(PAGE);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(`http://maison-lumen.localhost:${(server.address() as AddressInfo).port}/`);
    await page.evaluate(
      async ({ writeKey, cdnURL }) => {
        type Browser = { AnalyticsBrowser: { load(settings: object): Promise<[unknown, unknown]> & Analytics } };
        const sdk = (window as unknown as { AnalyticsNext: Browser }).AnalyticsNext;
        const analytics = sdk.AnalyticsBrowser.load({ writeKey, cdnURL });
        await analytics;
        (window as unknown as { analytics: Analytics }).analytics = analytics;
      },
      { writeKey: WRITE_KEY, cdnURL: shopUrl },
    );
    return new WebShop(server, context, page);
  }

  /** Somebody signs in. */
  async signIn(customer: string): Promise<void> {
    await this.#answered(() =>
      this.page.evaluate((id) => void (window as unknown as { analytics: Analytics }).analytics.identify(id), customer),
    );
  }

  /** She does something. When the SDK had its 200, in milliseconds since 1970. */
  async does(event: string, properties: object): Promise<number> {
    return this.#answered(() =>
      this.page.evaluate(
        ({ event, properties }) => void (window as unknown as { analytics: Analytics }).analytics.track(event, properties),
        { event, properties },
      ),
    );
  }

  async close(): Promise<void> {
    await this.context.close();
    this.server.closeAllConnections();
    this.server.close();
  }

  /** The moment of the answer, by the browser's own timing of the request. */
  async #answered(act: () => Promise<void>): Promise<number> {
    const posted = this.page.waitForResponse((response) => response.request().method() === "POST");
    await act();
    const response = await posted;
    if (response.status() !== 200) throw new Error(`the SDK was answered ${response.status()}`);
    const { startTime, responseStart } = response.request().timing();
    return startTime + responseStart;
  }
}
