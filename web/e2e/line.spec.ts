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
    await expect(link(page)).toHaveAttribute("data-state", "live");
    await expect(card(page)).toHaveAttribute("data-opening", "open");
    expect(shop.callsOf("SetGreeted")).toHaveLength(1);
    expect(shop.callsOf("WatchFloor").at(-1)).toMatchObject({ cursor: "c12" });
  });

  test("a server that falls silent for 15 s is stale, dwell stands still, and a word heals it", async ({ page, shop }) => {
    await page.clock.install();
    shop.put(guest(shop, 1, { minutes: 5.01 }));
    await signIn(page, shop);
    shop.talking = false;
    // Real time goes on beside: what is left to the fifteen seconds is the machine's.
    await page.clock.fastForward(8_000);
    await expect(link(page)).toHaveAttribute("data-state", "live");
    await page.clock.fastForward(8_000);
    await expect(link(page)).toHaveAttribute("data-state", "stale");
    await expect(page.getByTestId("link-banner")).toContainText("No news since");
    await page.clock.fastForward(120_000);
    await expect(link(page)).not.toHaveAttribute("data-state", "live");
    await expect(row(page, 1).getByTestId("row-dwell")).toHaveText("5 min");
    shop.talking = true;
    await page.clock.runFor(12_000);
    await expect(link(page)).toHaveAttribute("data-state", "live");
  });

  test("after 15 s without a word names and cards are hidden, later the floor", async ({ page, shop }) => {
    await page.clock.install();
    busyFloor(shop);
    await signIn(page, shop);
    await openCamille(page);
    shop.talking = false;
    await shop.stop();
    await page.clock.runFor(8_000);
    await expect(row(page, CAMILLE)).toContainText("Camille");
    await expect(page.getByTestId("sizes")).toBeVisible();
    await page.clock.runFor(9_000);
    await expect(page.getByTestId("sizes")).toHaveCount(0);
    await expect(row(page, CAMILLE)).toContainText("A customer");
    await expect(page.getByTestId("guest-row")).toHaveCount(12);
    await expect(page.getByTestId("link-banner")).toContainText("Names and cards are hidden");
    await expect(page.getByTestId("card-waiting")).toHaveText("This card is hidden while the line is down. It comes back by itself.");
    await expect(page.getByTestId("greet")).toHaveCount(0);
    expect(await page.content()).not.toMatch(/Camille|Jean-Paul|linen/);
    await page.clock.runFor(15 * 60_000);
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
    // A busy browser closes what the page has let go of up to six seconds later.
    await expect.poll(() => shop.openStreams).toBe(0);
    expect(await page.content()).not.toMatch(/Camille|Jean-Paul|linen/);
    shop.remove(visitId(CAMILLE));
    await look(false);
    await page.clock.runFor(2_000);
    await expect(page.getByTestId("card-closed")).toBeVisible();
    await expect(row(page, 2)).toContainText("Jean-Paul");
    await expect(row(page, CAMILLE)).toHaveCount(0);
  });

  test("a word after that brings the names and the card back, and a note that was being written", async ({ page, shop }) => {
    await page.clock.install();
    busyFloor(shop);
    await signIn(page, shop);
    await openCamille(page);
    await page.getByTestId("note-add").click();
    await page.getByTestId("note-text").fill("Looks for a coat for her mother");
    await shop.stop();
    await page.clock.runFor(17_000);
    await expect(row(page, CAMILLE)).toContainText("A customer");
    await expect(page.getByTestId("note-text")).toHaveCount(0);
    await shop.start();
    await page.clock.runFor(12_000);
    await expect(link(page)).toHaveAttribute("data-state", "live");
    await expect(row(page, CAMILLE)).toContainText("Camille");
    await expect(page.getByTestId("link-banner")).toBeEmpty();
    await expect(card(page)).toHaveAttribute("data-opening", "open");
    await expect(page.getByTestId("note-text")).toHaveValue("Looks for a coat for her mother");
    expect(shop.callsOf("WatchFloor").at(-1)).not.toMatchObject({ cursor: "c12" });
  });

  test("what is taken back while the line is down never comes back, and a tablet that slept shows nothing old", async ({ page, shop }) => {
    await page.clock.install();
    busyFloor(shop);
    await signIn(page, shop);
    await openCamille(page);
    await shop.stop();
    shop.guests.delete(visitId(CAMILLE));
    await page.clock.runFor(17_000);
    expect(await page.content()).not.toContain("Camille");
    await shop.start();
    await page.clock.runFor(12_000);
    await expect(page.getByTestId("card-closed")).toBeVisible();
    expect(await page.content()).not.toContain("Camille");
    // Asleep, no timer runs; on waking the first look must not show what was.
    await shop.stop();
    await page.clock.fastForward(10 * 60_000);
    await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
    expect(await page.content()).not.toContain("Jean-Paul");
  });

  test("a line that only blinks hides nothing", async ({ page, shop }) => {
    await page.clock.install();
    busyFloor(shop);
    await signIn(page, shop);
    await openCamille(page);
    for (let blink = 0; blink < 4; blink += 1) {
      await shop.stop();
      await page.clock.runFor(2_000);
      await shop.start();
      await page.clock.runFor(5_000);
      await expect(link(page)).toHaveAttribute("data-state", "live");
      await expect(row(page, CAMILLE)).toContainText("Camille");
      await expect(page.getByTestId("sizes")).toBeVisible();
    }
  });
});
