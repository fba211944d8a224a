import { defineConfig } from "@playwright/test";

/** Against the demo's shop; see real-shop.ts. */
const REAL = /(demo|online|withdrawal)\.spec\.ts$/;

export default defineConfig({
  testDir: "e2e",
  // Tests of the page are independent of each other; what must go in order says so itself.
  fullyParallel: true,
  workers: 2,
  // The machine may be slow and busy. Waiting long for what must come costs nothing when it comes; what is promised to come
  // sooner is measured where it is promised.
  timeout: 120_000,
  expect: { timeout: 30_000 },
  reporter: "list",
  outputDir: "test-results/run",
  // Those with real processes wait for the recording's guests: they come first, so that the others fill their pauses.
  projects: [
    { name: "processes", testMatch: REAL },
    { name: "page", testIgnore: REAL },
  ],
  use: {
    viewport: { width: 1180, height: 820 },
    locale: "en-GB",
    timezoneId: "Europe/Paris",
    launchOptions: {
      executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
      args: [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-sync",
        "--disable-background-networking",
        "--disable-component-update",
        "--no-first-run",
      ],
    },
  },
});
