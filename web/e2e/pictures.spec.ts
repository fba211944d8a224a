// Pictures for the eye, in test-results/pictures: every size, light and dark, both languages. Each is checked by axe.

import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { type FakeShop, Status } from "./fake-shop";
import { busyFloor, crowd, fewFacts, guest, visitId } from "./floors";
import { CAMILLE, card, expect, link, row, signIn, test } from "./shop-test";

const SIZES = [
  { width: 1180, height: 820 },
  { width: 820, height: 1180 },
  { width: 390, height: 844 },
];

type Scene = (page: Page, shop: FakeShop) => Promise<void>;

const SCENES: Record<string, Scene> = {
  empty: async (page, shop) => signIn(page, shop),
  busy: async (page, shop) => {
    busyFloor(shop);
    await signIn(page, shop);
    await expect(row(page, 12)).toBeVisible();
  },
  "card-before": async (page, shop) => {
    busyFloor(shop);
    await signIn(page, shop);
    await row(page, 9).click();
    await expect(page.getByTestId("starter")).toHaveCount(1);
  },
  "card-open": async (page, shop) => {
    busyFloor(shop);
    await signIn(page, shop);
    await row(page, 5).click();
    await page.getByTestId("greet").click();
    await page.getByTestId("starter-why").nth(1).click();
    await expect(page.getByTestId("orders")).toBeAttached();
  },
  // A guest who shares all, below what may be said.
  "card-facts": async (page, shop) => {
    await open(page, shop, CAMILLE);
    await page.getByTestId("wish-list").evaluate((part) => part.scrollIntoView());
  },
  "card-unfolded": async (page, shop) => {
    await open(page, shop, CAMILLE);
    for (const part of ["lately", "tastes", "designs", "overall"]) await page.getByTestId(`${part}-fold`).click();
    await page.getByTestId("wish-list-more").click();
    await page.getByTestId("sources").click();
    await page.getByTestId("lately").evaluate((part) => part.scrollIntoView());
  },
  "card-note": async (page, shop) => {
    await open(page, shop, CAMILLE);
    await page.getByTestId("note-add").click();
    await page.getByTestId("note-text").fill("Santé");
    shop.failSets = Status.unavailable;
    await page.getByTestId("note-save").click();
    await expect(page.getByTestId("note-problem")).not.toBeEmpty();
    await page.getByTestId("notes").evaluate((part) => part.scrollIntoView());
  },
  // Nothing but facts: what is known of most guests.
  "card-few": async (page, shop) => {
    shop.put(guest(shop, 1, { name: "Noémie", zone: "women", minutes: 3 }), fewFacts(shop));
    await signIn(page, shop);
    await row(page, 1).click();
    await page.getByTestId("greet").click();
    await expect(page.getByTestId("cart")).toBeVisible();
  },
  "card-used": async (page, shop) => {
    busyFloor(shop);
    await signIn(page, shop);
    await row(page, 1).click();
    await page.getByTestId("greet").click();
    await page.getByTestId("starter-used").first().click();
    await page.getByTestId("starter-not-now").first().click();
    await page.getByTestId("outcome-sold").click();
    await expect(page.getByTestId("starter-undo")).toHaveCount(2);
  },
  "nothing-to-say": async (page, shop) => {
    busyFloor(shop);
    await signIn(page, shop);
    await row(page, 6).click();
    await page.getByTestId("greet").click();
    await expect(page.getByTestId("nothing-to-say")).toBeVisible();
  },
  stale: async (page, shop) => {
    await page.clock.install();
    busyFloor(shop);
    await signIn(page, shop);
    shop.talking = false;
    await page.clock.fastForward("00:45");
    await expect(link(page)).toHaveAttribute("data-state", "stale");
  },
  offline: async (page, shop) => {
    busyFloor(shop);
    await signIn(page, shop);
    await row(page, 4).click();
    await expect(card(page)).toBeVisible();
    await shop.stop();
    await page.getByTestId("greet").click();
    if (await page.getByTestId("back").isVisible()) await page.getByTestId("back").click();
    await expect(link(page)).toHaveAttribute("data-state", "offline");
  },
  // The line is down for longer than a withdrawal may take.
  veiled: async (page, shop) => {
    await page.clock.install();
    await open(page, shop, CAMILLE);
    await shop.stop();
    await page.clock.runFor(20_000);
    await expect(page.getByTestId("card-waiting")).toBeVisible();
  },
  // The longest name there is, and one wish that grew to two.
  "card-long": async (page, shop) => {
    await open(page, shop, 1);
    const before = shop.cards.get(visitId(1));
    shop.cards.set(visitId(1), (language) => {
      const card = before!(language);
      return { ...card, wishList: card.wishList.slice(0, 2).map((wish) => ({ ...wish, name: `${wish.name}, ${wish.name}, ${wish.name}` })) };
    });
    shop.touch(visitId(1));
    await expect(page.getByTestId("wish-list").locator("li")).toHaveCount(2);
  },
  closed: async (page, shop) => {
    busyFloor(shop);
    await signIn(page, shop);
    await row(page, 5).click();
    await expect(card(page)).toBeVisible();
    shop.remove(visitId(5));
    await expect(page.getByTestId("card-closed")).toBeVisible();
  },
  crowd: async (page, shop) => {
    crowd(shop, 200);
    await signIn(page, shop);
    await expect(row(page, 1)).toBeVisible();
  },
  "wrong-token": async (page, shop) => {
    await page.goto(`${shop.url}/#token=somebody-else`);
    await expect(page.getByTestId("sign-in-problem")).not.toBeEmpty();
  },
};

async function open(page: Page, shop: FakeShop, number: number): Promise<void> {
  busyFloor(shop);
  await signIn(page, shop);
  await row(page, number).click();
  await page.getByTestId("greet").click();
  await expect(page.getByTestId("orders")).toBeAttached();
}

/** Which language goes with which size and light, so that each size is seen in both. */
function languageOf(width: number, colorScheme: "light" | "dark"): "fr" | "en" {
  return (width === 820) === (colorScheme === "light") ? "en" : "fr";
}

/** Scenes in every size by every light; of the others each size and each light is seen, not each pair. */
const WHOLE = new Set(["busy", "card-open", "card-facts"]);

for (const [name, scene] of Object.entries(SCENES)) {
  for (const size of SIZES) {
    for (const colorScheme of ["light", "dark"] as const) {
      if (!WHOLE.has(name) && (size.width === 390) !== (colorScheme === "dark")) continue;
      const language = languageOf(size.width, colorScheme);
      const title = `${name}-${size.width}x${size.height}-${colorScheme}-${language}`;
      test.describe(title, () => {
        test.use({ viewport: size, colorScheme, locale: language === "fr" ? "fr-FR" : "en-GB" });
        test("looks right", async ({ page, shop }) => {
          await scene(page, shop);
          await page.screenshot({ path: `test-results/pictures/${title}.png`, animations: "disabled" });
          const { violations } = await new AxeBuilder({ page }).analyze();
          expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" | ")}`)).toEqual([]);
          const scrollsSideways = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
          expect(scrollsSideways).toBe(false);
        });
      });
    }
  }
}
