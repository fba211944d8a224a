// Visits a page of a web shop in Chromium, which sends events with Segment's SDK for the browser as it stands in its
// package: node visit.mjs SERVER WRITE-KEY standard|batching
//
// The page is of another origin than the server. All that the SDK is told is its write key and where its settings are;
// where events go, it learns from those. Prints what went over the line as JSON.

import { createReadStream, existsSync } from "node:fs";
import { createServer } from "node:http";
import { basename, join } from "node:path";
import process from "node:process";
import { chromium } from "playwright-core";
import { Line } from "../line.mjs";

const [server, writeKey, strategy] = process.argv.slice(2);
const FILES = join(import.meta.dirname, "..", "node_modules", "@segment", "analytics-next", "dist", "umd");
const TRACKS = 12;
/** Page, identify, group, alias, screen, and the tracks. */
const CALLS = 5 + TRACKS;

const PAGE = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Boots</title>
<link rel="icon" href="data:,"><script src="/sdk/index.js"></script><h1>Boots</h1></html>`;

const shop = createServer((request, response) => {
  const file = join(FILES, basename(request.url.split("?")[0]));
  if (request.url.startsWith("/sdk/") && existsSync(file)) {
    response.writeHead(200, { "content-type": "text/javascript" });
    createReadStream(file).pipe(response);
  } else {
    response.writeHead(200, { "content-type": "text/html" });
    response.end(PAGE);
  }
});
await new Promise((resolve) => shop.listen(0, "127.0.0.1", resolve));

const line = new Line(server);
const cdnURL = await line.start();
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-sync", "--disable-background-networking", "--no-first-run"],
});
const complaints = [];
const foreign = [];
try {
  // What a browser sends whose user wants it so.
  const context = await browser.newContext({ extraHTTPHeaders: { "sec-gpc": "1" } });
  const page = await context.newPage();
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    // The lost answer is told by the browser itself.
    if (message.type() === "error" && !/net::ERR_EMPTY_RESPONSE/.test(message.text())) complaints.push(message.text());
  });
  page.on("request", (request) => {
    if (!/^(http:\/\/(127\.0\.0\.1|shop\.localhost):|data:)/.test(request.url())) foreign.push(request.url());
  });
  await page.goto(`http://shop.localhost:${shop.address().port}/boots`);
  await page.evaluate(
    async ({ writeKey, cdnURL, strategy, tracks }) => {
      const own = strategy === "batching" ? { deliveryStrategy: { strategy, config: { size: 4, timeout: 300 } } } : {};
      const analytics = window.AnalyticsNext.AnalyticsBrowser.load({ writeKey, cdnURL }, { integrations: { "Segment.io": own } });
      await analytics.page("Shoes", "Boots");
      await analytics.identify("camille", { email: "camille@shop.example" });
      await analytics.group("g1", { name: "Friends" });
      await analytics.alias("camille", "visitor-1");
      await analytics.screen("Boots");
      for (let n = 0; n < tracks; n += 1) {
        await analytics.track("Product Viewed", { product_id: `p${n}`, price: 129.9, currency: "EUR" });
      }
    },
    { writeKey, cdnURL, strategy, tracks: TRACKS },
  );
  const deadline = Date.now() + 30_000;
  while (line.acknowledged().size < CALLS) {
    if (Date.now() > deadline) throw new Error(`not in time: ${JSON.stringify({ complaints, requests: line.requests })}`);
    await page.waitForTimeout(20);
  }
} finally {
  await browser.close();
}
await line.end();
shop.close();
console.log(JSON.stringify({ calls: CALLS, requests: line.requests, complaints, foreign }));
process.exit(0);
