// What a page remembers: the strings on its heap, after all that can be forgotten has been.

import type { Page } from "@playwright/test";

/** The strings of the page's memory that hold one of these words. */
export async function heapStrings(page: Page, words: readonly string[]): Promise<string[]> {
  const cdp = await page.context().newCDPSession(page);
  const pieces: string[] = [];
  cdp.on("HeapProfiler.addHeapSnapshotChunk", ({ chunk }) => pieces.push(chunk));
  await cdp.send("HeapProfiler.enable");
  await cdp.send("HeapProfiler.collectGarbage");
  await cdp.send("HeapProfiler.takeHeapSnapshot", { reportProgress: false });
  await cdp.detach();
  const { strings } = JSON.parse(pieces.join("")) as { strings: string[] };
  return strings.filter((text) => words.some((word) => text.includes(word)));
}
