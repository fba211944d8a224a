// Asks Shopify's own library which deliveries are signed well.
//
//   node judge.mjs < {"secret": "...", "bodies": ["...", ...]} > [{"body", "hmac", "valid"}, ...]
//
// Of each body several signatures are made, good and bad ones; the library says which it would take.

import { createHmac } from "node:crypto";
import "@shopify/shopify-api/adapters/node";
import { LogSeverity, shopifyApi } from "@shopify/shopify-api";
import { readFileSync } from "node:fs";

const { secret, bodies } = JSON.parse(readFileSync(0, "utf8"));

const shopify = shopifyApi({
  apiKey: "key",
  apiSecretKey: secret,
  apiVersion: "2026-10",
  hostName: "server.example",
  isEmbeddedApp: false,
  scopes: [],
  logger: { level: LogSeverity.Error, log: () => {} },
});

const sign = (key, body, encoding = "base64") => createHmac("sha256", key).update(body, "utf8").digest(encoding);

function signatures(body) {
  const good = sign(secret, body);
  return [
    good,
    sign("another secret", body),
    sign(secret, `${body} `),
    sign(secret, body, "hex"),
    good.slice(0, -2),
    good.toLowerCase(),
    Buffer.from("x".repeat(32)).toString("base64"),
    "",
  ];
}

const judged = [];
for (const body of bodies) {
  for (const hmac of signatures(body)) {
    const rawRequest = {
      headers: {
        "x-shopify-topic": "orders/create",
        "x-shopify-api-version": "2026-10",
        "x-shopify-shop-domain": "maison.myshopify.com",
        "x-shopify-webhook-id": "b54557e4-bdd9-4b37-8a5f-bf7d70bcd043",
        "x-shopify-hmac-sha256": hmac,
      },
    };
    const { valid } = await shopify.webhooks.validate({ rawBody: body, rawRequest });
    judged.push({ body, hmac, valid });
  }
}
process.stdout.write(JSON.stringify(judged));
