// One associate's session: the floor, the line, the clock, what waits to be sent, and the open card.

import type { FloorApi } from "../api/client";
import type { Refusal } from "../api/failure";
import { Sender } from "../api/sender";
import { FloorWatch } from "../api/watch";
import type { Card, WatchFloorResponse } from "../gen/shopbell/floor/v1/floor_pb";
import { words } from "../messages/words.svelte";
import { hear, serverAt, type Anchor } from "../state/clock";
import { applyMessage, findRow, withoutNames, type Floor, type Row } from "../state/floor";
import { FORGET_FLOOR_MS, SILENCE_MS, VEIL_MS, nextPhase, type LinkEvent, type Phase } from "../state/link";
import { pendingGreeted, type Action, type Outbox } from "../state/outbox";
import { Announcer } from "./announcer.svelte";
import { OpenCard } from "./open-card.svelte";

const TICK_MS = 1_000;
/** As long as the glow of an arrival in app.css. */
const GLOW_MS = 2_000;
/** A page that nobody looks at gives its connection back after this long. */
const HIDDEN_MS = 60_000;
const NOTICE_MS = 6_000;

/** What the associate sees and does, from sign-in to switching. */
export class Session {
  floor = $state.raw<Floor>();
  phase = $state<Phase>("waiting");
  /** The server's time for dwell, in milliseconds; stands still when the line is silent for too long. */
  now = $state(0);
  /** Whether names and cards were forgotten until the line is back. */
  veiled = $state(false);
  /** The server's time of the last message. */
  lastHeard = $state<number>();
  outbox = $state.raw<Outbox>([]);
  /** How many entries have been waiting for longer than a moment. */
  unsent = $state(0);
  arriving = $state.raw<ReadonlySet<string>>(new Set());
  /** Why the server refused an entry, for a moment. */
  refused = $state<Refusal>();
  readonly announcer = new Announcer();
  readonly card: OpenCard;
  /** The row of the open card. */
  readonly selected: Row | undefined = $derived.by(() => findRow(this.floor, this.card.visitId));

  readonly #watch: FloorWatch;
  readonly #sender: Sender;
  readonly #denied: () => void;
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  #ticker: ReturnType<typeof setInterval> | undefined;
  #hiding: ReturnType<typeof setTimeout> | undefined;
  #anchor: Anchor | undefined;
  #heardSteady = 0;
  /** The same by the wall clock: the steady one stands still while a tablet sleeps. */
  #heardWall = 0;
  #ticksWithUnsent = 0;
  #over = false;

  constructor(api: FloorApi, denied: () => void) {
    this.#denied = denied;
    this.card = new OpenCard(api, { push: (action) => this.#sender.push(action), denied });
    this.#watch = new FloorWatch(api, this.#watchListener(), Math.random);
    this.#sender = new Sender(api, this.#senderListener(), () => words.language, Math.random);
  }

  /** Begins to watch the floor. */
  start(): void {
    this.#hearing();
    this.#ticker = setInterval(() => this.#tick(), TICK_MS);
    void this.#watch.run();
  }

  /** Ends everything and forgets everybody. */
  stop(): void {
    this.#over = true;
    this.#watch.stop();
    this.#sender.stop();
    this.card.close();
    this.announcer.stop();
    clearInterval(this.#ticker);
    clearTimeout(this.#hiding);
    for (const timer of this.#timers) clearTimeout(timer);
    this.floor = undefined;
    this.outbox = [];
  }

  /** The name of whoever greeted the guest, with this tablet's own wish laid over it. */
  greetedBy(row: Row): string | undefined {
    const own = this.floor?.associateName;
    const wish = pendingGreeted(this.outbox, row.visitId);
    if (wish === true) return own;
    return wish === false && row.greetedBy === own ? undefined : row.greetedBy;
  }

  /** Opens the card of a guest. */
  select(visitId: string): void {
    const row = findRow(this.floor, visitId);
    if (row) this.card.open(visitId, row.cardRevision);
  }

  /** The network is back: try at once. */
  hurry(): void {
    this.#watch.hurry();
    this.#sender.hurry();
  }

  /** The tablet itself knows that it has no network. */
  networkGone(): void {
    this.#moveLink("lost");
    this.#moveLink("lost");
    this.#watch.suspend();
  }

  /** Whether somebody looks at the page. */
  lookedAt(visible: boolean): void {
    clearTimeout(this.#hiding);
    if (visible) {
      // What slept may be old, and is seen from now on.
      this.#tick();
      this.hurry();
    } else this.#hiding = setTimeout(() => this.#sleep(), HIDDEN_MS);
  }

  #watchListener() {
    return {
      opening: () => this.#moveLink("opening"),
      message: (message: WatchFloorResponse) => this.#take(message),
      resumed: () => this.#resumed(),
      silent: () => this.#moveLink("silent"),
      lost: () => this.#moveLink("lost"),
      denied: () => this.#denied(),
    };
  }

  #senderListener() {
    return {
      changed: (outbox: Outbox) => (this.outbox = outbox),
      confirmed: (action: Action, card: Card | undefined) => {
        this.card.confirmed(action, card);
        if (this.selected) this.card.rowChanged(this.selected.cardRevision, false);
      },
      refused: (_: Action, why: Refusal) => {
        this.refused = why;
        this.#later(NOTICE_MS, () => (this.refused = undefined));
        this.card.reload();
      },
      gone: (visitId: string) => this.#forgetVisit(visitId),
      denied: () => this.#denied(),
    };
  }

  #take(message: WatchFloorResponse): void {
    if (this.#over) return;
    this.#heard(Number(message.serverTimeMs));
    this.veiled &&= message.body.case !== "snapshot";
    const { floor, arrived, removed } = applyMessage(this.floor, message);
    this.floor = floor;
    for (const visitId of removed) this.#forgetVisit(visitId);
    this.announcer.forget((visitId) => findRow(floor, visitId)?.name);
    if (arrived.length > 0) this.#glow(arrived);
    if (this.selected) this.card.rowChanged(this.selected.cardRevision, pendingGreeted(this.outbox, this.selected.visitId) !== undefined);
    else if (this.floor) this.card.forgetIfOpen();
  }

  #heard(serverMs: number): void {
    const steady = performance.now();
    const wasLive = this.phase === "live";
    this.#hearing();
    // 0 is a stamp that was not filled in.
    if (serverMs > 0) this.#anchor = hear(this.#anchor, serverMs, steady);
    if (this.#anchor) this.lastHeard = serverAt(this.#anchor, steady);
    this.#moveLink("heard");
    this.#moveDwell();
    if (!wasLive) this.#catchUp();
  }

  #resumed(): void {
    // After a blink the server's answer is a word: nothing was taken back, or the next message says so.
    if (this.phase === "waiting") this.#hearing();
    this.#moveLink("resumed");
    this.#catchUp();
  }

  /** The server answers again: what waited for it does not wait any longer. */
  #catchUp(): void {
    this.#sender.hurry();
    this.card.hurry();
  }

  #hearing(): void {
    [this.#heardSteady, this.#heardWall] = [performance.now(), Date.now()];
  }

  #moveLink(event: LinkEvent): void {
    this.phase = nextPhase(this.phase, event, this.floor !== undefined);
  }

  /** Dwell goes on as long as the line may be believed. */
  #moveDwell(): void {
    const believed = Math.min(performance.now(), this.#heardSteady + SILENCE_MS);
    if (this.#anchor) this.now = serverAt(this.#anchor, believed);
  }

  /** Once a second: dwell, what waits for long, and what was not confirmed for too long to be kept. */
  #tick(): void {
    const silence = Math.max(performance.now() - this.#heardSteady, Date.now() - this.#heardWall);
    this.#moveDwell();
    this.#ticksWithUnsent = this.outbox.length > 0 ? this.#ticksWithUnsent + 1 : 0;
    this.unsent = this.#ticksWithUnsent > 1 ? this.outbox.length : 0;
    if (silence > VEIL_MS) {
      if (this.phase === "live") this.#moveLink("silent");
      this.#veil();
    }
    if (silence > FORGET_FLOOR_MS && this.floor) {
      this.floor = undefined;
      this.card.close();
    }
  }

  /** Gives the connection back, and with it what could not be heard to be taken back meanwhile. */
  #sleep(): void {
    this.#watch.suspend();
    this.#veil();
  }

  /** Forgets names and cards until the line is back. */
  #veil(): void {
    this.card.forgetDetails();
    if (this.veiled || !this.floor) return;
    this.veiled = true;
    this.floor = withoutNames(this.floor);
    this.announcer.stop();
    // Changes alone would not bring the names back.
    this.#watch.startOver();
  }

  #forgetVisit(visitId: string): void {
    this.#sender.forget(visitId);
    if (this.card.visitId === visitId) this.card.forgetIfOpen();
    if (findRow(this.floor, visitId) && this.floor) {
      this.floor = { ...this.floor, rows: this.floor.rows.filter((row) => row.visitId !== visitId) };
    }
    this.announcer.forget((other) => findRow(this.floor, other)?.name);
  }

  #glow(visitIds: readonly string[]): void {
    this.arriving = new Set([...this.arriving, ...visitIds]);
    const rows = visitIds.map((visitId) => findRow(this.floor, visitId)).filter((row) => row !== undefined);
    this.announcer.arrivals(rows.map((row) => ({ visitId: row.visitId, name: row.name, zone: this.floor?.zones.get(row.zoneId) })));
    this.#later(GLOW_MS, () => {
      const still = new Set(this.arriving);
      for (const visitId of visitIds) still.delete(visitId);
      this.arriving = still;
    });
  }

  #later(ms: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, ms);
    this.#timers.add(timer);
  }
}
