import { create } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import {
  FloorDeltaSchema,
  FloorHeartbeatSchema,
  FloorSnapshotSchema,
  GuestSchema,
  GuestState,
  MomentSign,
  WatchFloorResponseSchema,
  type Guest,
  type WatchFloorResponse,
} from "../gen/shopbell/floor/v1/floor_pb";
import { applyMessage, dwellMs, findRow, goodMoment, summarise, withoutNames, type Floor } from "./floor";

function guest(visitId: string, beganAt: number, more: Partial<Guest> = {}): Guest {
  return create(GuestSchema, { visitId, beganAtMs: BigInt(beganAt), state: GuestState.HERE, ...more } as Guest);
}

function snapshot(...guests: Guest[]): WatchFloorResponse {
  const value = create(FloorSnapshotSchema, { storeName: "Lyon", associateName: "Inès", zones: [{ id: "z", name: "Femme" }], guests });
  return create(WatchFloorResponseSchema, { body: { case: "snapshot", value } });
}

function changed(value: Guest): WatchFloorResponse {
  const delta = create(FloorDeltaSchema, { change: { case: "guest", value } });
  return create(WatchFloorResponseSchema, { body: { case: "delta", value: delta } });
}

function removed(visitId: string): WatchFloorResponse {
  const delta = create(FloorDeltaSchema, { change: { case: "removedVisitId", value: visitId } });
  return create(WatchFloorResponseSchema, { body: { case: "delta", value: delta } });
}

function floorOf(...guests: Guest[]): Floor {
  const { floor } = applyMessage(undefined, snapshot(...guests));
  if (!floor) throw new Error("a snapshot gives a floor");
  return floor;
}

const ids = (floor: Floor | undefined) => floor?.rows.map((row) => row.visitId);

describe("applyMessage", () => {
  test("the first snapshot is no arrival", () => {
    const applied = applyMessage(undefined, snapshot(guest("b", 20), guest("a", 10)));
    expect(ids(applied.floor)).toEqual(["a", "b"]);
    expect(applied.arrived).toEqual([]);
    expect(applied.floor?.zones.get("z")).toBe("Femme");
  });

  test("a later snapshot tells who came and who is to be forgotten", () => {
    const applied = applyMessage(floorOf(guest("a", 10), guest("b", 20)), snapshot(guest("b", 20), guest("c", 30)));
    expect(applied.arrived).toEqual(["c"]);
    expect(applied.removed).toEqual(["a"]);
  });

  test("a changed row keeps its place", () => {
    const floor = floorOf(guest("a", 10), guest("b", 20), guest("c", 30));
    const applied = applyMessage(floor, changed(guest("b", 20, { helpSinceMs: 25n })));
    expect(ids(applied.floor)).toEqual(["a", "b", "c"]);
    expect(findRow(applied.floor, "b")?.helpSince).toBe(25);
    expect(applied.arrived).toEqual([]);
  });

  test("a late message of an early visit is sorted in by its beginning", () => {
    const applied = applyMessage(floorOf(guest("a", 10), guest("c", 30)), changed(guest("b", 20)));
    expect(ids(applied.floor)).toEqual(["a", "b", "c"]);
    expect(applied.arrived).toEqual(["b"]);
  });

  test("who comes back after leaving arrives again; who leaves does not", () => {
    const floor = floorOf(guest("a", 10));
    const gone = applyMessage(floor, changed(guest("a", 10, { state: GuestState.LEFT, leftAtMs: 50n })));
    expect(gone.arrived).toEqual([]);
    expect(findRow(gone.floor, "a")?.presence).toBe("left");
    expect(applyMessage(gone.floor, changed(guest("a", 10))).arrived).toEqual(["a"]);
  });

  test("a removed visit is gone", () => {
    const applied = applyMessage(floorOf(guest("a", 10), guest("b", 20)), removed("a"));
    expect(ids(applied.floor)).toEqual(["b"]);
    expect(applied.removed).toEqual(["a"]);
  });

  test("a heartbeat changes nothing, and a delta before any snapshot is ignored", () => {
    const floor = floorOf(guest("a", 10));
    const heartbeat = create(WatchFloorResponseSchema, { body: { case: "heartbeat", value: create(FloorHeartbeatSchema) } });
    expect(applyMessage(floor, heartbeat).floor).toBe(floor);
    expect(applyMessage(undefined, changed(guest("a", 10))).floor).toBeUndefined();
  });

  test("a state newer than the page is uncertain, and an empty name is no name", () => {
    const floor = floorOf(guest("a", 10, { state: 99 as GuestState, displayName: "" }));
    expect(floor.rows[0]?.presence).toBe("uncertain");
    expect(floor.rows[0]?.name).toBeUndefined();
  });
});

describe("summarise", () => {
  test("counts who is here, and lists help by the longest wait", () => {
    const floor = floorOf(
      guest("a", 10, { helpSinceMs: 90n }),
      guest("b", 20, { helpSinceMs: 40n }),
      guest("c", 30, { state: GuestState.LEFT, leftAtMs: 60n, helpSinceMs: 35n }),
      guest("d", 40, { state: GuestState.UNCERTAIN }),
    );
    expect(summarise(floor.rows)).toEqual({ here: 2, wantHelp: ["b", "a"] });
  });
});

describe("dwellMs", () => {
  test("counts up while here, stands still afterwards, is never negative", () => {
    const [here, left] = floorOf(guest("a", 100), guest("b", 200, { state: GuestState.LEFT, leftAtMs: 260n })).rows;
    if (!here || !left) throw new Error("two rows");
    expect(dwellMs(here, 150)).toBe(50);
    expect(dwellMs(here, 90)).toBe(0);
    expect(dwellMs(left, 900)).toBe(60);
  });
});

test("withoutNames keeps everything of a floor but the names, and leaves the one that it was given", () => {
  const floor = floorOf(guest("a", 10, { displayName: "Camille", zoneId: "z" }), guest("b", 20));
  const after = withoutNames(floor);
  expect(after.rows.map((row) => row.name)).toEqual([undefined, undefined]);
  expect(after.rows[0]).toMatchObject({ visitId: "a", zoneId: "z", beganAt: 10 });
  expect(floor.rows[0]?.name).toBe("Camille");
});

describe("goodMoment", () => {
  const row = (more: Partial<Guest>) => {
    const known = findRow(floorOf(guest("a", 10, { sign: MomentSign.DWELL, ...more })), "a");
    if (!known) throw new Error("the row is there");
    return goodMoment(known);
  };

  test("is told of who is here and with nobody", () => {
    expect(row({})).toBe(MomentSign.DWELL);
    expect(row({ sign: MomentSign.UNSPECIFIED })).toBeUndefined();
  });

  test("is none of who is met, asked, left, or may have left", () => {
    expect(row({ greetedBy: "Tom" })).toBeUndefined();
    expect(row({ helpSinceMs: 20n })).toBeUndefined();
    expect(row({ state: GuestState.LEFT, leftAtMs: 30n })).toBeUndefined();
    expect(row({ state: GuestState.UNCERTAIN })).toBeUndefined();
  });
});
