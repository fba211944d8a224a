// Delivers events with one of the SDKs, as it stands in its package: node deliver.mjs SDK SERVER WRITE-KEY
//
// Between SDK and server stands a line that loses one answer: the server has taken the request, and the SDK hears nothing
// of it and sends it again. Prints what went over the line as JSON.

import { createRequire } from "node:module";
import process from "node:process";
import { Line } from "../line.mjs";

const require = createRequire(import.meta.url);
const [sdk, server, writeKey] = process.argv.slice(2);

/** Calls that every SDK makes; each takes the argument that all of them understand. */
const CALLS = [
  ["identify", { userId: "camille", traits: { email: "camille@shop.example", firstName: "Camille" } }],
  ["page", { userId: "camille", category: "Shoes", name: "Boots", properties: { path: "/boots" } }],
  ["group", { userId: "camille", groupId: "g1", traits: { name: "Friends" } }],
  ["alias", { userId: "camille", previousId: "visitor-1" }],
  ["screen", { anonymousId: "visitor-1", userId: "camille", name: "Boots" }],
  ...Array.from({ length: 20 }, (_, n) => [
    "track",
    { userId: "camille", event: "Product Viewed", properties: { product_id: `p${n}`, price: 129.9, currency: "EUR" } },
  ]),
];

const SDKS = {
  "@segment/analytics-node": (host) => {
    const { Analytics } = require("@segment/analytics-node");
    const client = new Analytics({ writeKey, host, flushAt: 5, flushInterval: 200 });
    return { client, end: () => client.closeAndFlush({ timeout: 20_000 }) };
  },
  "@customerio/cdp-analytics-node": (host) => {
    const { Analytics } = require("@customerio/cdp-analytics-node");
    const client = new Analytics({ writeKey, host, flushAt: 5, flushInterval: 200 });
    return { client, end: () => client.closeAndFlush({ timeout: 20_000 }) };
  },
  "@rudderstack/rudder-sdk-node": (host) => {
    const required = require("@rudderstack/rudder-sdk-node");
    const client = new (required.default ?? required)(writeKey, { dataPlaneUrl: host, flushAt: 5, flushInterval: 200 });
    return { client, end: () => flushed(client) };
  },
  "analytics-node": (host) => {
    const Analytics = require("analytics-node");
    const client = new Analytics(writeKey, { host, flushAt: 5, flushInterval: 200 });
    return { client, end: () => flushed(client) };
  },
};

function flushed(client) {
  return new Promise((resolve, reject) => client.flush((error) => (error ? reject(error) : resolve())));
}

const line = new Line(server);
const host = await line.start();
const { client, end } = SDKS[sdk](host);
const called = CALLS.map(([name, message]) => {
  const own = structuredClone(message);
  return new Promise((resolve, reject) => {
    const done = (error) => (error ? reject(new Error(`${name} was given up: ${error.reason ?? error.message ?? error}`)) : resolve());
    client[name](own, done);
  });
});
await Promise.all(called);
await end();
await line.end();
console.log(JSON.stringify({ calls: CALLS.length, requests: line.requests }));
process.exit(0);
