// The floor as the tablet knows it: a pure value, changed only by messages of the server.
//
// Rows keep the order in which the visits began, so nothing moves under a finger. No clock, no network, no page.

import { GuestState, MomentSign, type FloorDelta, type FloorSnapshot, type Guest, type WatchFloorResponse } from "../gen/shopbell/floor/v1/floor_pb";

/** Whether a guest is in the shop. "uncertain": the shop's receiver went silent, nobody can tell. */
export type Presence = "here" | "left" | "uncertain";

/** One guest. Times are milliseconds since the Unix epoch by the server's clock. */
export interface Row {
  readonly visitId: string;
  /** Only when the guest wishes to be greeted by name. */
  readonly name: string | undefined;
  readonly zoneId: string;
  readonly beganAt: number;
  readonly presence: Presence;
  readonly helpSince: number | undefined;
  readonly greetedBy: string | undefined;
  readonly leftAt: number | undefined;
  /** What makes this a good moment to speak to the guest, while nobody has met them. */
  readonly sign: MomentSign;
  /** Rises when an open card is to be fetched anew. */
  readonly cardRevision: bigint;
}

/** Everybody who may be met now. */
export interface Floor {
  readonly storeName: string;
  readonly associateName: string;
  /** Zone id to name. */
  readonly zones: ReadonlyMap<string, string>;
  /** In the order in which the visits began. */
  readonly rows: readonly Row[];
}

/** What a message did to the floor. */
export interface Applied {
  readonly floor: Floor | undefined;
  /** Visits that are new and here, worth a glow. Empty for the first snapshot. */
  readonly arrived: readonly string[];
  /** Visits to be forgotten at once, with their cards. */
  readonly removed: readonly string[];
}

/** Counts for the head of the list. */
export interface Summary {
  readonly here: number;
  /** Visits that want help, longest wait first. */
  readonly wantHelp: readonly string[];
}

/** Applies one message. A delta before any snapshot is ignored: there is nothing to change. */
export function applyMessage(floor: Floor | undefined, message: WatchFloorResponse): Applied {
  switch (message.body.case) {
    case "snapshot":
      return applySnapshot(floor, message.body.value);
    case "delta":
      return floor ? applyDelta(floor, message.body.value) : unchanged(floor);
    default:
      return unchanged(floor);
  }
}

/** The row of a visit. */
export function findRow(floor: Floor | undefined, visitId: string | undefined): Row | undefined {
  return visitId === undefined ? undefined : floor?.rows.find((row) => row.visitId === visitId);
}

/** The floor with nobody's name: what a tablet may show that cannot hear of a withdrawal. */
export function withoutNames(floor: Floor): Floor {
  return { ...floor, rows: floor.rows.map((row) => ({ ...row, name: undefined })) };
}

/** What one glance needs. */
export function summarise(rows: readonly Row[]): Summary {
  const waiting = rows.filter(wantsHelp);
  waiting.sort((a, b) => (a.helpSince ?? 0) - (b.helpSince ?? 0));
  return { here: rows.filter((row) => row.presence === "here").length, wantHelp: waiting.map((row) => row.visitId) };
}

/** Whether the guest asked for help and may still be met. */
export function wantsHelp(row: Row): boolean {
  return row.helpSince !== undefined && row.presence !== "left";
}

/** The sign that makes this a good moment, while it still is one and nothing stronger calls. */
export function goodMoment(row: Row): MomentSign | undefined {
  const free = row.presence === "here" && row.greetedBy === undefined && row.helpSince === undefined;
  return free && row.sign !== MomentSign.UNSPECIFIED ? row.sign : undefined;
}

/** How long the guest has been here, or was, in milliseconds; never negative. */
export function dwellMs(row: Row, now: number): number {
  return Math.max(0, (row.leftAt ?? now) - row.beganAt);
}

function applySnapshot(before: Floor | undefined, snapshot: FloorSnapshot): Applied {
  const rows = snapshot.guests.map(toRow).sort(byBeginning);
  const floor: Floor = {
    storeName: snapshot.storeName,
    associateName: snapshot.associateName,
    zones: new Map(snapshot.zones.map((zone) => [zone.id, zone.name])),
    rows,
  };
  if (!before) return { floor, arrived: [], removed: [] };
  const known = new Set(before.rows.map((row) => row.visitId));
  const present = new Set(rows.map((row) => row.visitId));
  return {
    floor,
    arrived: rows.filter((row) => row.presence === "here" && !known.has(row.visitId)).map((row) => row.visitId),
    removed: [...known].filter((visitId) => !present.has(visitId)),
  };
}

function applyDelta(floor: Floor, delta: FloorDelta): Applied {
  switch (delta.change.case) {
    case "guest":
      return putRow(floor, toRow(delta.change.value));
    case "removedVisitId": {
      const gone = delta.change.value;
      const rows = floor.rows.filter((row) => row.visitId !== gone);
      return { floor: { ...floor, rows }, arrived: [], removed: [gone] };
    }
    default:
      return unchanged(floor);
  }
}

function putRow(floor: Floor, row: Row): Applied {
  const before = findRow(floor, row.visitId);
  const others = before ? floor.rows.filter((other) => other !== before) : floor.rows;
  const rows = [...others, row].sort(byBeginning);
  const arrives = row.presence === "here" && (!before || before.presence === "left");
  return { floor: { ...floor, rows }, arrived: arrives ? [row.visitId] : [], removed: [] };
}

function unchanged(floor: Floor | undefined): Applied {
  return { floor, arrived: [], removed: [] };
}

function byBeginning(a: Row, b: Row): number {
  return a.beganAt - b.beganAt || (a.visitId < b.visitId ? -1 : 1);
}

function toRow(guest: Guest): Row {
  return {
    visitId: guest.visitId,
    name: guest.displayName || undefined,
    zoneId: guest.zoneId,
    beganAt: Number(guest.beganAtMs),
    presence: toPresence(guest.state),
    helpSince: toTime(guest.helpSinceMs),
    greetedBy: guest.greetedBy || undefined,
    leftAt: toTime(guest.leftAtMs),
    sign: guest.sign,
    cardRevision: guest.cardRevision,
  };
}

// A state newer than this page is nothing that it may claim to know.
function toPresence(state: GuestState): Presence {
  if (state === GuestState.HERE) return "here";
  return state === GuestState.LEFT ? "left" : "uncertain";
}

function toTime(ms: bigint | undefined): number | undefined {
  return ms === undefined ? undefined : Number(ms);
}
