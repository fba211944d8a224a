// `test` with a shop of its own, a page that must stay clean, and words for what a tablet shows.

import { test as base, expect, type Locator, type Page } from "@playwright/test";
import { FakeShop } from "./fake-shop";
import { visitId } from "./floors";

interface Fixtures {
  shop: FakeShop;
  /** What the page complained of, and the hosts that it asked, other than the shop's. */
  complaints: string[];
}

export const test = base.extend<Fixtures>({
  shop: async ({}, use) => {
    const shop = new FakeShop();
    await shop.start();
    await use(shop);
    await shop.stop();
  },
  complaints: [
    async ({ page, shop }, use) => {
      const complaints: string[] = [];
      page.on("pageerror", (error) => complaints.push(String(error)));
      page.on("console", (message) => {
        // A broken line is logged by the browser itself; the tests break lines on purpose.
        if (message.type() === "error" && !/net::ERR|Failed to load resource/.test(message.text())) complaints.push(message.text());
      });
      page.on("request", (request) => {
        if (!request.url().startsWith(shop.url)) complaints.push(`request to another host: ${request.url()}`);
      });
      await use(complaints);
      expect(complaints).toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };

export async function signIn(page: Page, shop: FakeShop): Promise<void> {
  await page.goto(`${shop.url}/#token=${shop.token}`);
  await expect(link(page)).toHaveAttribute("data-state", "live");
}

export function link(page: Page): Locator {
  return page.getByTestId("link");
}

export function row(page: Page, number: number): Locator {
  return page.locator(`[data-testid="guest-row"][data-visit-id="${visitId(number)}"]`);
}

export function card(page: Page): Locator {
  return page.getByTestId("card");
}

/** The number of the guest on the busy floor who wants help and shares all there is. */
export const CAMILLE = 5;

export async function openCamille(page: Page): Promise<void> {
  await row(page, CAMILLE).click();
  await page.getByTestId("greet").click();
  await expect(card(page)).toHaveAttribute("data-opening", "open");
}
