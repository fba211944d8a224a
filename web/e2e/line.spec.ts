// What the page does when the line fails, against the fake shop.

import { busyFloor, guest, visitId } from "./floors";
import { CAMILLE, card, expect, link, openCamille, row, signIn, test } from "./shop-test";

test.describe("the line", () => {
  test("a broken line is shown, what was tapped is sent later, and the floor resumes at its cursor", async ({ page, shop }) => {
    busyFloor(shop);
    await signIn(page, shop);
    await row(page, CAMILLE).click();
    await expect(page.getByTestId("starter")).toHaveCount(1);
    await shop.stop();
    await expect(link(page)).toHaveAttribute("data-state", "offline");
    await expect(page.getByTestId("link-banner")).toContainText("No connection since");
    await page.getByTestId("greet").click();
    await expect(row(page, CAMILLE)).toContainText("with you");
    await expect(page.getByTestId("unsent")).toBeVisible();
    shop.guests.delete(visitId(12));
    await shop.start();
    await expect(link(page)).toHaveAttribute("data-state", "live", { timeout: 20_000 });
    await expect(card(page)).toHaveAttribute("data-opening", "open");
    expect(shop.callsOf("SetGreeted")).toHaveLength(1);
    expect(shop.callsOf("WatchFloor").at(-1)).toMatchObject({ cursor: "c12" });
  });

  test("a server that falls silent for 40 s is stale, dwell stands still, and a word heals it", async ({ page, shop }) => {
    await page.clock.install();
    shop.put(guest(shop, 1, { minutes: 5.01 }));
    await signIn(page, shop);
    shop.talking = false;
    await page.clock.fastForward(39_000);
    await expect(link(page)).toHaveAttribute("data-state", "live");
    await page.clock.fastForward(3_000);
    await expect(link(page)).toHaveAttribute("data-state", "stale");
    await expect(page.getByTestId("link-banner")).toContainText("No news since");
    await page.clock.fastForward(120_000);
    await expect(link(page)).not.toHaveAttribute("data-state", "live");
    await expect(row(page, 1).getByTestId("row-dwell")).toHaveText("5 min");
    shop.talking = true;
    await page.clock.runFor(12_000);
    await expect(link(page)).toHaveAttribute("data-state", "live");
  });

  test("after two minutes without a word names and cards are forgotten, later the floor", async ({ page, shop }) => {
    await page.clock.install();
    busyFloor(shop);
    await signIn(page, shop);
    await openCamille(page);
    shop.talking = false;
    await shop.stop();
    await page.clock.runFor(100_000);
    await expect(row(page, CAMILLE)).toContainText("Camille");
    await page.clock.runFor(22_000);
    await expect(page.getByTestId("sizes")).toHaveCount(0);
    await expect(row(page, CAMILLE)).toContainText("A customer");
    expect(await page.content()).not.toMatch(/Camille|Jean-Paul/);
    await page.clock.runFor(13 * 60_000);
    await expect(page.getByTestId("guest-row")).toHaveCount(0);
    expect(await page.content()).not.toContain("Camille");
  });

  test("a page that nobody looks at shows nothing of what was taken back meanwhile, not even for a moment", async ({ page, shop }) => {
    await page.clock.install();
    busyFloor(shop);
    await signIn(page, shop);
    await openCamille(page);
    const look = (hidden: boolean) =>
      page.evaluate((hidden) => {
        Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));
      }, hidden);
    await look(true);
    await page.clock.runFor(61_000);
    await expect.poll(() => shop.openStreams).toBe(0);
    expect(await page.content()).not.toMatch(/Camille|Jean-Paul|linen/);
    shop.remove(visitId(CAMILLE));
    await look(false);
    await page.clock.runFor(2_000);
    await expect(page.getByTestId("card-closed")).toBeVisible();
    await expect(row(page, 2)).toContainText("Jean-Paul");
    await expect(row(page, CAMILLE)).toHaveCount(0);
  });

  test("a word after that brings the names back", async ({ page, shop }) => {
    await page.clock.install();
    busyFloor(shop);
    await signIn(page, shop);
    await shop.stop();
    await page.clock.runFor(122_000);
    await expect(row(page, CAMILLE)).toContainText("A customer");
    await shop.start();
    await page.clock.runFor(12_000);
    await expect(link(page)).toHaveAttribute("data-state", "live");
    await expect(row(page, CAMILLE)).toContainText("Camille");
    expect(shop.callsOf("WatchFloor").at(-1)).not.toMatchObject({ cursor: "c12" });
  });
});
