// The first promise: what a customer does in the web shop while she stands in the shop is on the open card within a second
// of the answer to her phone, if she shares it. Real processes, the recorded radio, Segment's own SDK in a second browser.

import { expect, test } from "@playwright/test";
import { RealShop, type Tablet } from "./real-shop";
import { WebShop } from "./web-shop";

const PROMISED_MS = 1_000;
/** What a machine may add that compiles and tests beside it; one event that came so late is no broken promise, half of them are. */
const AT_MOST_MS = 10_000;

test.describe("an online event during a visit", () => {
  test.describe.configure({ mode: "serial" });
  test.setTimeout(240_000);
  let shop: RealShop;
  let tablets: Tablet[];
  let phone: WebShop;

  test.beforeAll(async ({ browser }) => {
    shop = await RealShop.start("still");
    [tablets, phone] = await Promise.all([
      Promise.all([shop.tablet(browser, "ines"), shop.tablet(browser, "tom", "fr-FR")]),
      WebShop.open(browser, shop.url),
    ]);
  });

  test.afterAll(async () => {
    await phone?.close();
    for (const tablet of tablets ?? []) await tablet.close();
    await shop?.stop();
  });

  /** She does something, and each open card shows it in a part; how long after the SDK's 200, in milliseconds. */
  async function shown(part: string, text: string, event: string, properties: object): Promise<number[]> {
    const seen = tablets.map((tablet) => seenAt(tablet, part, text));
    const answered = await phone.does(event, properties);
    return (await Promise.all(seen)).map((at) => at - answered);
  }

  test("a wish is on every open card at once; what she looks at is not on it before she shares that", async () => {
    for (const tablet of tablets) await tablet.greet("Camille");
    await phone.signIn("demo-camille");

    await phone.does("Product Viewed", { product_id: "bag-escale", name: "Sac Escale" });
    const delays = await shown("wish-list", "Baskets Alizé", "Product Added to Wishlist", { product_id: "shoes-alize", size: "39" });
    report("a wish", delays);
    // Events are taken up in their order: the look had come before the wish.
    for (const { page } of tablets) {
      await expect(page.getByTestId("lately")).toHaveCount(0);
      expect(await page.content()).not.toMatch(/Escale|bag-escale/);
    }

    await shop.app.setSharing({ customerId: "demo-camille", sharing: { level: 6 } });
    for (const { page } of tablets) await expect(page.getByTestId("lately")).toContainText("Escale");
    report("a look", await shown("lately", "Ballerines Ronde", "Product Viewed", { product_id: "shoes-ronde" }));
    // It is a question that the shop can answer: her size is here. What it is about, the guest says first.
    const said = ["you looking for anything in particular", "Cherchez-vous quelque chose en particulier"];
    for (const [nth, { page }] of tablets.entries()) {
      const starter = page.locator('[data-kind="LOOKED_UP"]');
      await expect(starter.getByTestId("starter-say")).toContainText(said[nth]!);
      await expect(starter.getByTestId("starter-say")).not.toContainText("Ronde");
      await expect(starter).toContainText("Ronde");
    }
  });

  test("a cart, a search and an order of who shares all", async () => {
    for (const tablet of tablets) await tablet.greet("Jean-Paul");
    await phone.signIn("demo-jean-paul");
    report("a search", await shown("lately", "ceinture tressée", "Products Searched", { query: "ceinture tressée" }));
    report("the cart", await shown("cart", "Col roulé Braise", "Product Added", { product_id: "knit-braise", size: "L" }));
    const order = { order_id: "demo-j3", products: [{ product_id: "belt-trait", quantity: 1 }], total: 59, currency: "EUR" };
    report("an order", await shown("orders", "Trait", "Order Completed", order));
    held();
    expect(shop.complaints).toEqual([]);
  });
});

/** When a part of the card first holds a text, in milliseconds since 1970 by the browser's own clock. */
function seenAt(tablet: Tablet, part: string, text: string): Promise<number> {
  return tablet.page.evaluate(
    ([part, text]) =>
      new Promise<number>((resolve) => {
        const look = () => {
          if (!document.querySelector(`[data-testid="${part}"]`)?.textContent?.includes(text!)) return;
          observer.disconnect();
          resolve(performance.timeOrigin + performance.now());
        };
        const observer = new MutationObserver(look);
        observer.observe(document.body, { subtree: true, childList: true, characterData: true });
        look();
      }),
    [part, text],
  );
}

const all: number[] = [];

function report(what: string, delays: number[]): void {
  console.log(`${what}: on the cards ${delays.map((ms) => ms.toFixed(0)).join(" and ")} ms after the SDK's 200`);
  for (const ms of delays) expect(ms).toBeLessThan(AT_MOST_MS);
  all.push(...delays);
}

/** The promise, over all that was reported. */
function held(): void {
  expect(all.length).toBe(10);
  const median = all.toSorted((a, b) => a - b)[all.length / 2]!;
  console.log(`an online event is on the card after ${median.toFixed(0)} ms, in the median of ${all.length}`);
  expect(median).toBeLessThan(PROMISED_MS);
}
