// The demo as a customer of ours would meet it: real processes, the recorded radio, the page that the server embeds.

import { expect, test } from "@playwright/test";
import { RealShop } from "./real-shop";

const LANGUAGES = [
  { locale: "en-GB", whose: "ines", said: /Manteau Solène.*38/, stranger: "A customer" },
  { locale: "fr-FR", whose: "tom", said: /[Mm]anteau Solène.*38/, stranger: "Une personne" },
] as const;

test.describe("the demo", () => {
  // The recording's guests take their time: a minute and a half until the last of what is seen here.
  test.setTimeout(360_000);
  let demo: RealShop;
  test.beforeAll(async () => {
    demo = await RealShop.start("whole");
  });
  test.afterAll(async () => {
    await demo?.stop();
  });

  test("visits arrive from the recording, and cards come alive, in English and in French", async ({ browser }) => {
    const tablets = await Promise.all(LANGUAGES.map(({ whose, locale }) => demo.tablet(browser, whose, locale)));
    const [ines, tom] = tablets as [(typeof tablets)[0], (typeof tablets)[0]];
    // What the banner promises: somebody in a few seconds, and the next one soon after.
    await expect(ines.row("Camille")).toHaveAttribute("data-presence", "here", { timeout: 60_000 });
    await expect(ines.row("Jean-Paul")).toHaveAttribute("data-presence", "here", { timeout: 60_000 });
    for (const [n, tablet] of tablets.entries()) {
      const { locale, said } = LANGUAGES[n]!;
      const { page } = tablet;
      await expect(tablet.row("Camille")).toHaveAttribute("data-presence", "here");
      await tablet.row("Camille").click();
      await expect(page.getByTestId("card-name")).toHaveText("Camille");
      await expect(page.getByTestId("starter")).toHaveCount(0);
      await page.screenshot({ path: `test-results/pictures/demo-closed-${locale}.png` });
      await page.getByTestId("greet").click();
      await expect(page.getByTestId("starter").first()).toContainText(said);
      await page.screenshot({ path: `test-results/pictures/demo-open-${locale}.png` });
    }
    // She saves something on her phone, standing in the shop. She does not share what she searched for and looked at.
    for (const [n, { page }] of tablets.entries()) {
      await expect(page.getByTestId("wish-list")).toContainText("Baskets Alizé", { timeout: 60_000 });
      await expect(page.getByTestId("lately")).toHaveCount(0);
      expect(await page.content()).not.toContain("baskets blanches");
      await page.screenshot({ path: `test-results/pictures/demo-alive-${LANGUAGES[n]!.locale}.png` });
    }
    // Jean-Paul shares all.
    for (const [n, tablet] of tablets.entries()) {
      await tablet.greet("Jean-Paul");
      await expect(tablet.page.getByTestId("cart")).toContainText("Col roulé Braise", { timeout: 60_000 });
      await tablet.page.getByTestId("lately-fold").click();
      await expect(tablet.page.getByTestId("viewed")).toContainText("Col roulé Braise");
      await expect(tablet.page.getByTestId("searches")).toContainText("col roulé");
      await tablet.page.screenshot({ path: `test-results/pictures/demo-jean-paul-${LANGUAGES[n]!.locale}.png` });
      await expect(tablet.row(LANGUAGES[n]!.stranger)).toHaveCount(1, { timeout: 120_000 });
    }
    // She walks on: the other agent hears her now.
    for (const tablet of tablets) {
      await expect(tablet.row("Camille")).toContainText("Femme", { timeout: 120_000 });
    }
    await expect(ines.row("Marc").or(ines.row("Sofia")).or(ines.row("Inès B"))).toHaveCount(0);
    expect(tom.page.url()).toBe(`${demo.url}/`);
    expect(demo.complaints).toEqual([]);
    for (const tablet of tablets) await tablet.close();
  });
});
