#!/usr/bin/env python3
"""Eight minutes of radio in the demo shop, decided beforehand from one seed.

Here: who is where, who shows which token, and how each agent hears it all. Writes, for each agent,
the schedule that `controller.rs` plays, and `truth.json`, what really happened, for end-to-end tests.
Never here: HCI, virtual machines, or anything read from a recording: truth must not learn from the result.

Only the standard library, and `openssl` for AES, so that `verify.py` (which uses another library) checks
these tokens independently.

To add a phone: a line in deploy/demo/phones.json and one in WALKS and RADIOS; then record again. Ordinary
devices and bytes: `adverts.py`.
"""

import hashlib
import hmac
import json
import math
import pathlib
import random
import struct
import subprocess
import sys
from datetime import datetime, timezone

sys.dont_write_bytecode = True  # leave no __pycache__ in the tree
from adverts import (ADV_IND, ADV_NONCONN_IND, BRAND_UUID, ORDINARY, PASSERS_BY, RANDOM, SCAN_RSP,  # noqa: E402
                     apple, carrier)

SEED = "shopbell lyon-republique 1"
SHOP = "lyon-republique"
START = datetime(2026, 11, 20, 13, 41, 0, tzinfo=timezone.utc)
DURATION = 480.0
WINDOW = 900
SENSITIVITY = -94.0

# Metres from the door; x grows into the shop, the street has x < 0.
AGENTS = {"entrance": (2.0, 2.0), "womens": (16.0, 2.0)}

# (second, x, y), straight lines between; nobody is on the air before the first or after the last point.
# None breaks the line: off the air until the next point.
WALKS = {
    "demo-camille": [(10, -14, 4), (25, 1, 1), (40, 3, 3), (100, 4, 2), (115, 14, 2), (240, 17, 4), (480, 15, 1)],
    "demo-marc": [(0, 1, 3), (90, 4, 1), (150, 1, 2), (170, -16, 4), (178, -30, 4)],
    "demo-jean-paul": [(20, -14, 2), (36, 2, 1), (95, 4, 4), (110, 0, 1), (128, -20, 2), None,
                       (290, -20, 2), (308, 1, 1), (400, 5, 3), (480, 3, 2)],
    "demo-aminata": [(50, -14, 3), (65, 1, 2), (90, 3, 2), (104, 14, 3), (250, 18, 2), (345, 15, 4),
                     (360, 3, 2), (430, 4, 1), (480, 2, 3)],
    "demo-ines-b": [(110, -13, 14), (140, -9, 9), (165, -9, -7), (185, -13, -13)],
    "demo-sofia": [(195, -14, 4), (212, 1, 2), (275, 3, 1), (290, 14, 1), (400, 17, 2), (480, 18, 4)],
}

# Advertising interval (s), transmit offset (dB), seconds after the window's turn at which the phone shows
# its new token, seconds at which its address turns ("token" = always together with the token).
RADIOS = {
    "demo-camille": (0.250, -2, 1.7, "token"),
    "demo-marc": (0.285, 0, 6.0, []),
    "demo-jean-paul": (1.000, -3, 0.4, "token"),
    "demo-aminata": (0.318, 0, 9.3, [172.0]),
    "demo-ines-b": (0.285, 0, 4.0, []),
    "demo-sofia": (0.100, -1, 3.1, "token"),
}


# Tokens (DESIGN.md, "The presence token")

def day_key(master: bytes, window: int) -> bytes:
    """HKDF-SHA256 of RFC 5869 without salt; 16 bytes are the first half of its first block."""
    day = window * WINDOW // 86400
    extracted = hmac.new(bytes(32), master, hashlib.sha256).digest()
    info = b"shopbell presence v1" + struct.pack(">I", day)
    return hmac.new(extracted, info + b"\x01", hashlib.sha256).digest()[:16]


def seal(master: bytes, phone_id: bytes, window: int) -> bytes:
    """One AES-128 block. The key is in openssl's argv: fit for a worthless demo key, and for nothing else."""
    block = phone_id + struct.pack(">I", window) + bytes(4)
    command = ["openssl", "enc", "-aes-128-ecb", "-nopad", "-K", day_key(master, window).hex()]
    return subprocess.run(command, input=block, capture_output=True, check=True).stdout


# The world

def position(walk, t):
    """Where a walker is at a second, or None off the air."""
    for a, b in zip(walk, walk[1:]):
        if a and b and a[0] <= t < b[0]:
            part = (t - a[0]) / (b[0] - a[0])
            return a[1] + (b[1] - a[1]) * part, a[2] + (b[2] - a[2]) * part
    return None


def mean_rssi(place, agent, offset=0.0):
    """Log-distance path loss: -59 dBm at 1 m, exponent 2.5, a shop window and the shelves between zones."""
    (x, y), (ax, ay) = place, AGENTS[agent]
    distance = max(math.hypot(x - ax, y - ay), 0.5)
    window = 5.0 if x < 0 else 0.0
    shelves = 3.0 if abs(x - ax) > 8 else 0.0
    return -59 + offset - 25 * math.log10(distance) - window - shelves


class Ear:
    """How one agent hears one device: slow shadowing, noise, deep fades, and seconds of nothing."""

    def __init__(self, rng):
        self.rng = rng
        self.phase, self.period = rng.uniform(0, 6.28), rng.uniform(14, 30)
        self.deaf, t = [], rng.expovariate(1 / 60)
        while t < DURATION:
            length = rng.uniform(2, 8)
            self.deaf.append((t, t + length))
            t += length + rng.expovariate(1 / 80)

    def hear(self, t, mean):
        """The reported RSSI, or None."""
        if any(a <= t < b for a, b in self.deaf):
            return None
        rssi = mean + 2.5 * math.sin(t * 6.28 / self.period + self.phase) + self.rng.gauss(0, 2.2)
        if self.rng.random() < 0.04:
            rssi -= self.rng.uniform(6, 14)
        if self.rng.random() > 0.93 / (1 + math.exp((SENSITIVITY - rssi) / 1.2)):
            return None
        return max(-100, min(-30, round(rssi)))


def random_address(rng, kind):
    """Resolvable-private by its top bits for RANDOM; locally administered, so nobody's, for PUBLIC."""
    octets = bytearray(rng.randbytes(6))
    octets[0] = (octets[0] & 0x3F) | 0x40 if kind == RANDOM else 0x02
    return ":".join(f"{octet:02X}" for octet in octets)


class Air:
    """Everything that each agent hears, to be sorted and written as schedules."""

    def __init__(self):
        self.heard = {agent: [] for agent in AGENTS}

    def transmit(self, device, t, place, offset, ears, event, address_type, address, data, answer=None):
        for agent in AGENTS:
            rssi = ears[agent].hear(t, mean_rssi(place, agent, offset))
            if rssi is None:
                continue
            at = round(t * 1e6)
            self.heard[agent].append((at, event, address_type, address, rssi, data, device))
            if answer and ears[agent].rng.random() < 0.6:
                self.heard[agent].append((at + 500, SCAN_RSP, address_type, address, rssi, answer, device))


def fly(air, device, rng, walk, interval, offset, address_type, sound):
    """Lets one device advertise: sound(t) gives event type, address, payload and scan response."""
    ears = {agent: Ear(rng) for agent in AGENTS}
    t = walk[0][0] + rng.uniform(0, interval)
    while t < min(DURATION, walk[-1][0]):
        place = position(walk, t)
        if place:
            event, address, data, answer = sound(t)
            air.transmit(device, t, place, offset, ears, event, address_type, address, data, answer)
        t += interval + rng.uniform(0, 0.010)  # the advDelay of the specification


def window_at(t):
    """The presence window at a second of the scenario."""
    return int((START.timestamp() + t) // WINDOW)


def fly_phone(air, master, phone, shown):
    """An opted-in phone. `shown` collects (token, window) for the truth."""
    name = phone["customer_id"]
    rng = random.Random(f"{SEED}/{name}")
    interval, offset, delay, turns = RADIOS[name]
    addresses = [random_address(rng, RANDOM) for _ in range(4)]
    tokens = {}

    def sound(t):
        window = window_at(t - delay) if t > delay else window_at(t)
        if window not in tokens:
            tokens[window] = seal(master, bytes.fromhex(phone["phone_id"]), window)
        turn = window - window_at(0) if turns == "token" else sum(t >= at for at in turns)
        address = addresses[turn]
        shown.setdefault(address, set()).add(window)
        if phone["carrier"] == "B" and rng.random() < 0.15:  # iOS's own adverts go out between
            return ADV_IND, address, apple(b"\x10\x06" + bytes(rng.randbytes(6))), None
        event = ADV_NONCONN_IND if phone["carrier"] == "A" else ADV_IND
        return event, address, carrier(phone["carrier"], tokens[window]), None

    fly(air, name, rng, WALKS[name], interval, offset, RANDOM, sound)


def fly_ordinary(air, index, make):
    """A device that has nothing to do with the shop, and must leave no trace."""
    device = f"ordinary-{index:02d}-{make.__name__}"
    rng = random.Random(f"{SEED}/{device}")
    interval, event, address_type, life, payload, answer = make(rng)
    state = {}
    turn = rng.uniform(0, life)

    def sound(t):
        epoch = int((t + turn) // life)
        if epoch not in state:
            state[epoch] = random_address(rng, address_type), payload(rng)
        address, data = state[epoch]
        return event, address, data, answer

    y = rng.uniform(-4, 6)
    if make in PASSERS_BY and index % 2:
        begin = rng.uniform(0, 330)
        walk = [(begin, -15, y), (begin + 14, 1, y), (begin + 60, rng.uniform(3, 17), y), (begin + 150, -15, y)]
    else:
        x = rng.uniform(-6, 20)
        walk = [(0, x, y), (DURATION, x, y)]
    fly(air, device, rng, walk, interval + rng.uniform(0, 0.3), rng.uniform(-8, 0), address_type, sound)


def fly_impostors(air, master, phones):
    """A forged token, and a recording of yesterday's real one: the server must open neither into a visit."""
    sofia = next(phone for phone in phones if phone["customer_id"] == "demo-sofia")
    stale = window_at(0) - 96
    cases = {
        "forged": ("A", random.Random(f"{SEED}/forged token").randbytes(16), "16 random bytes under the brand's UUID"),
        "stale": ("B", seal(master, bytes.fromhex(sofia["phone_id"]), stale),
                  "demo-sofia's own token of the same time yesterday"),
    }
    for name, (kind, token, _) in cases.items():
        rng = random.Random(f"{SEED}/{name}")
        address = random_address(rng, RANDOM)
        event = ADV_NONCONN_IND if kind == "A" else ADV_IND
        walk = [(60, -10, 1), (75, 3, 4), (400, 4, 4)]
        fly(air, name, rng, walk, 0.9, 0, RANDOM, lambda t: (event, address, carrier(kind, token), None))
    return [{"name": name, "carrier": kind, "token": token.hex(), "what": what}
            for name, (kind, token, what) in cases.items()]


# The truth

def milliseconds(t):
    """A second of the scenario as milliseconds of Unix time."""
    return round((START.timestamp() + t) * 1000)


def spans(times, gap):
    """Joins sorted seconds that are at most `gap` apart into [from, to]."""
    out = []
    for t in times:
        if out and t - out[-1][1] <= gap:
            out[-1][1] = t
        else:
            out.append([t, t])
    return [{"from_ms": milliseconds(a), "to_ms": milliseconds(b)} for a, b in out]


def phone_truth(air, phone, shown):
    """Where a phone really was, and what each agent was offered of it before scan pauses and filters."""
    name = phone["customer_id"]
    walk, offset = WALKS[name], RADIOS[name][1]
    grid = [(t / 4, position(walk, t / 4)) for t in range(int(DURATION * 4))]
    agents = {}
    for agent in AGENTS:
        lines = [line for line in air.heard[agent] if line[6] == name]
        tokens = [line for line in lines if b"\xff\x4c\x00" not in line[5]]
        agents[agent] = {
            "audible": spans([line[0] / 1e6 for line in lines], 20),
            "near": spans([t for t, place in grid if place and mean_rssi(place, agent, offset) >= -76], 1),
            "adverts": len(lines),
            "token_adverts": len(tokens),
            "strongest_dbm": max((line[4] for line in tokens), default=None),
        }
    return {
        "phone_id": phone["phone_id"],
        "customer_id": name,
        "carrier": phone["carrier"],
        "story": phone["story"],
        "in_shop": spans([t for t, place in grid if place and place[0] >= 0], 1),
        "windows": sorted({window for windows in shown.values() for window in windows}),
        "addresses": [{"address": a, "windows": sorted(w)} for a, w in sorted(shown.items())],
        "agents": agents,
    }


def truth(air, phones, shown, impostors):
    """Everything that a test may want to hold a run against."""
    ours = {phone["customer_id"] for phone in phones} | {impostor["name"] for impostor in impostors}
    foreign = {line[6] for agent in AGENTS for line in air.heard[agent]} - ours
    return {
        "about": "What really happened in the demo captures. Made by tests/radio/scenario.py; invented people.",
        "seed": SEED,
        "shop": SHOP,
        "start": START.isoformat().replace("+00:00", "Z"),
        "start_ms": milliseconds(0),
        "end_ms": milliseconds(DURATION),
        "window_seconds": WINDOW,
        "windows": [window_at(0), window_at(DURATION)],
        "brand_uuid": f"{BRAND_UUID:04x}",
        "agents": {agent: {"zone": agent, "capture": f"{SHOP}-{agent}.btsnoop", "adverts": len(air.heard[agent])}
                   for agent in AGENTS},
        "phones": [phone_truth(air, phone, shown[phone["customer_id"]]) for phone in phones],
        "impostors": impostors,
        "ordinary": {
            "devices": sorted(foreign),
            "adverts": {agent: sum(line[6] in foreign for line in air.heard[agent]) for agent in AGENTS},
        },
        "every_address": sorted({line[3] for agent in AGENTS for line in air.heard[agent]}),
    }


def write(out, air, what):
    """schedule-AGENT.txt for the controllers, truth.json for the tests."""
    for agent, lines in air.heard.items():
        text = "".join(f"{at} {event} {kind} {address} {rssi} {data.hex() or '-'}\n"
                       for at, event, kind, address, rssi, data, _ in sorted(lines))
        (out / f"schedule-{agent}.txt").write_text(text)
    (out / "truth.json").write_text(json.dumps(what, indent=2) + "\n")


def main():
    """scenario.py DEMO_DIR OUT_DIR"""
    if len(sys.argv) != 3:
        sys.exit("usage: scenario.py DEMO_DIR OUT_DIR   (DEMO_DIR holds demo-master.key and phones.json)")
    demo, out = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    master = bytes.fromhex((demo / "demo-master.key").read_text().strip())
    phones = json.loads((demo / "phones.json").read_text())
    air, shown = Air(), {phone["customer_id"]: {} for phone in phones}
    for phone in phones:
        fly_phone(air, master, phone, shown[phone["customer_id"]])
    for index, make in enumerate(ORDINARY):
        fly_ordinary(air, index, make)
    impostors = fly_impostors(air, master, phones)
    write(out, air, truth(air, phones, shown, impostors))
    for agent, lines in air.heard.items():
        print(f"{agent}: {len(lines)} adverts on the air, {len(lines) / DURATION:.1f} a second")


if __name__ == "__main__":
    main()
