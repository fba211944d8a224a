// The demo as a customer of ours would meet it: real processes, the recorded radio, the page that the server embeds.

import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:net";
import { join } from "node:path";
import { type Page, expect, test } from "@playwright/test";

const ROOT = join(import.meta.dirname, "..", "..");

/** `make demo` after its build, on a free port, which also names its directory. */
class Demo {
  private constructor(
    readonly url: string,
    private readonly process: ChildProcess,
  ) {}

  static async start(): Promise<Demo> {
    const address = `127.0.0.1:${await freePort()}`;
    const process = spawn("deploy/demo/run.sh", [], {
      cwd: ROOT,
      env: { ...globalThis.process.env, SHOPBELL_DEMO_ADDRESS: address },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let said = "";
    await new Promise<void>((resolve, reject) => {
      const hear = (chunk: Buffer) => {
        said += chunk.toString();
        if (said.includes("Ctrl-C ends everything")) resolve();
      };
      process.stdout?.on("data", hear);
      process.stderr?.on("data", hear);
      process.once("exit", () => reject(new Error(`the demo ended:\n${said}`)));
    });
    return new Demo(`http://${address}`, process);
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.process.once("exit", resolve));
    this.process.kill("SIGINT");
    await ended;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const bound = server.address();
      server.close(() => (bound && typeof bound === "object" ? resolve(bound.port) : reject(new Error("no port"))));
    });
  });
}

const row = (page: Page, name: string) => page.getByTestId("guest-row").filter({ hasText: name });
const camille = (page: Page) => row(page, "Camille");

test.describe("the demo", () => {
  test.setTimeout(180_000);
  let demo: Demo;
  test.beforeAll(async () => {
    demo = await Demo.start();
  });
  test.afterAll(async () => {
    await demo.stop();
  });

  test("visits arrive from the recording, in English and in French", async ({ browser }) => {
    const tablets = [
      { locale: "en-GB", token: "demo-tablet-ines", said: /Manteau Solène.*38/, stranger: "A customer" },
      { locale: "fr-FR", token: "demo-tablet-tom", said: /manteau Solène.*38|Manteau Solène.*38/, stranger: "Une personne" },
    ];
    const problems: string[] = [];
    const pages = await Promise.all(
      tablets.map(async ({ locale, token }) => {
        const page = await (await browser.newContext({ locale })).newPage();
        page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
        page.on("pageerror", (error) => problems.push(String(error)));
        await page.goto(`${demo.url}/#token=${token}`);
        await expect(page.getByTestId("link")).toHaveAttribute("data-state", "live");
        return page;
      }),
    );
    // What the banner promises: somebody in a few seconds, and the next one soon after.
    await expect(camille(pages[0]!)).toHaveAttribute("data-presence", "here", { timeout: 20_000 });
    await expect(row(pages[0]!, "Jean-Paul")).toHaveAttribute("data-presence", "here", { timeout: 30_000 });
    for (const [n, page] of pages.entries()) {
      const { locale, said, stranger } = tablets[n]!;
      await expect(camille(page)).toHaveAttribute("data-presence", "here", { timeout: 90_000 });
      await camille(page).click();
      await expect(page.getByTestId("starter")).toHaveCount(0);
      await page.screenshot({ path: `test-results/pictures/demo-closed-${locale}.png` });
      await page.getByTestId("greet").click();
      await expect(page.getByTestId("starter").first()).toContainText(said);
      await expect(page.getByTestId("guest-row").filter({ hasText: stranger })).toHaveCount(1, { timeout: 90_000 });
      await page.screenshot({ path: `test-results/pictures/demo-open-${locale}.png` });
    }
    // She walks on: the other agent hears her now.
    for (const page of pages) {
      await expect(camille(page)).toContainText("Femme", { timeout: 90_000 });
    }
    await expect(pages[0]!.getByTestId("guest-row").filter({ hasText: /Marc|Sofia|Ines|Inès B/ })).toHaveCount(0);
    expect(problems).toEqual([]);
  });
});
