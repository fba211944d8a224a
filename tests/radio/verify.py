#!/usr/bin/env python3
"""Checks the recorded captures against the scenario, with a parser and a crypto library of its own.

Reads btsnoop as the format says (big-endian header and records, datalink 2001), HCI advertising reports,
AD structures and both carriers; opens every token; compares what was recorded with what was on the air,
report by report. Prints a summary and exits with 1 if anything is lost, altered or out of place.

Usage: verify.py [CAPTURE_DIR]      needs `pip install cryptography` (in a virtual environment outside the tree)
"""

import bisect
import collections
import json
import pathlib
import struct
import subprocess
import sys
import tempfile

try:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF
except ImportError:
    sys.exit("verify.py needs a library; type:  python3 -m venv /tmp/v && /tmp/v/bin/pip install cryptography, "
             "then run it with /tmp/v/bin/python")

HERE = pathlib.Path(__file__).resolve().parent
DEMO = HERE.parent.parent / "deploy" / "demo"
BTSNOOP_EPOCH = 0x00E03AB44A676000 - 946684800 * 1000000  # microseconds from year 0 to 1970
TOLERANCE = 0.05  # seconds from the air to the host's time stamp
EDGE = 0.005  # seconds around a switch of scanning in which a report may fall between two scans

Report = collections.namedtuple("Report", "t event kind address rssi data")


def records(path):
    """(unix seconds, opcode, data) of each record."""
    raw = path.read_bytes()
    magic, version, datalink = struct.unpack(">8sII", raw[:16])
    assert (magic, version, datalink) == (b"btsnoop\0", 1, 2001), f"{path}: not a btsnoop monitor file"
    at = 16
    while at < len(raw):
        original, included, flags, drops, stamp = struct.unpack(">IIIIq", raw[at:at + 24])
        assert original == included and drops == 0, f"{path}: a record at byte {at} is shortened or dropped"
        yield (stamp - BTSNOOP_EPOCH) / 1e6, flags & 0xFFFF, raw[at + 24:at + 24 + included]
        at += 24 + included
    assert at == len(raw), f"{path}: cut off"


def reports(path):
    """LE advertising reports: opcode 3 is an HCI event; 0x3e the LE meta event, 0x02 its legacy report."""
    for t, opcode, data in records(path):
        if opcode == 3 and data[0] == 0x3E and data[2] == 0x02:
            assert data[3] == 1, "one report an event is all this controller sends"
            event, kind, size = data[4], data[5], data[12]
            address = ":".join(f"{octet:02X}" for octet in data[11:5:-1])
            payload, rssi = data[13:13 + size], struct.unpack("b", data[13 + size:14 + size])[0]
            assert len(data) == 14 + size
            yield Report(t, event, kind, address, rssi, payload)


def structures(data):
    """AD structures; stops at a zero length or a broken one."""
    at = 0
    while at < len(data) and data[at] and at + 1 + data[at] <= len(data):
        yield data[at + 1], data[at + 2:at + 1 + data[at]]
        at += 1 + data[at]


def token_of(data, brand):
    """(carrier, token) or None."""
    fields = list(structures(data))
    uuids = [body[at:at + 2] for kind, body in fields if kind in (2, 3) for at in range(0, len(body) - 1, 2)]
    for kind, body in fields:
        if kind == 0x16 and body[:2] == brand and len(body) == 18:
            return "A", body[2:]
        if kind in (6, 7) and len(body) == 16 and brand in uuids:
            return "B", body[::-1]
    return None


def open_token(master, token, t):
    """(phone id, window) if the token is real and in its time, else why not."""
    for day in {int((t + shift) // 86400) for shift in (-1800, 0, 1800)}:
        key = HKDF(hashes.SHA256(), 16, None, b"shopbell presence v1" + struct.pack(">I", day)).derive(master)
        cipher = Cipher(algorithms.AES(key), modes.ECB()).decryptor()
        block = cipher.update(token) + cipher.finalize()
        window = struct.unpack(">I", block[8:12])[0]
        if block[12:] == bytes(4) and abs(window - int(t // 900)) <= 1:
            return block[:8].hex(), window
    return None


def schedule(path, start):
    """What was on the air at this agent, from the scenario's own script."""
    for line in path.read_text().splitlines():
        at, event, kind, address, rssi, data = line.split(" ")
        yield Report(start + int(at) / 1e6, int(event), int(kind), address, int(rssi),
                     bytes.fromhex("" if data == "-" else data))


def scans(path):
    """Seconds at which the host switched scanning on or off: HCI command (opcode 2) LE Set Scan Enable."""
    return [t for t, opcode, data in records(path) if opcode == 2 and data[:2] == b"\x0c\x20"]


def compare(air, heard, switched):
    """Walks along the air as the controller did: its duplicate filter forgets at every switch.

    Gives (filtered as duplicates, missed while the host switched, lost, invented, delays). Only a report
    within EDGE of a switch may be missed.
    """
    waiting = collections.defaultdict(list)
    for report in heard:
        waiting[report[1:]].append(report.t)
    last, filtered, missed, lost, delays = {}, 0, 0, [], []
    for report in air:
        times = waiting[report[1:]]
        if times and -0.002 < times[0] - report.t < TOLERANCE:
            delays.append(times.pop(0) - report.t)
        elif min(abs(report.t - switch) for switch in switched) < EDGE:
            missed += 1
        elif last.get(report[1:4]) == (bisect.bisect(switched, report.t), report[4:]):
            filtered += 1
        else:
            lost.append(report)
        last[report[1:4]] = bisect.bisect(switched, report.t), report[4:]
    return filtered, missed, lost, sum(map(len, waiting.values())), delays


def summary(label, rows):
    """One line: counts, RSSI range, addresses, first and last."""
    rssi = [row.rssi for row in rows]
    return (f"  {label:<22} {len(rows):>5} reports  {min(rssi):>4}..{max(rssi)} dBm  "
            f"{len({row.address for row in rows})} address(es)")


def check_agent(agent, facts, truth, master, captures, scenario):
    """Prints one capture's summary; returns what is wrong with it."""
    start = truth["start_ms"] / 1000
    heard = list(reports(captures / facts["capture"]))
    air = list(schedule(scenario / f"schedule-{agent}.txt", start))
    switched = scans(captures / facts["capture"])
    filtered, missed, lost, invented, delays = compare(air, heard, switched)
    size = (captures / facts["capture"]).stat().st_size
    print(f"{agent}: {size} bytes, {len(heard)} reports, {heard[0].t - start:.1f} s to {heard[-1].t - start:.1f} s")
    print(f"  on the air {len(air)}; filtered as duplicates {filtered}; missed between scans {missed}; "
          f"lost {len(lost)}; invented {invented}; delay mean {sum(delays) / len(delays) * 1e3:.2f} ms, max {max(delays) * 1e3:.1f} ms")
    brand = bytes.fromhex(truth["brand_uuid"])[::-1]
    phones, foreign, closed = collections.defaultdict(list), [], collections.defaultdict(list)
    for report in heard:
        found = token_of(report.data, brand)
        opened = found and open_token(master, found[1], report.t)
        if opened:
            phones[opened[0], opened[1], found[0]].append(report)
        elif found:
            closed[found[1].hex()].append(report)
        else:
            foreign.append(report)
    wrong = [f"{agent}: {len(lost)} reports lost"] if lost else []
    wrong += [f"{agent}: {invented} reports that nobody sent"] if invented else []
    for phone in truth["phones"]:
        shown = {window for pid, window, kind in phones if pid == phone["phone_id"] and kind == phone["carrier"]}
        for window in sorted(shown):
            print(summary(f"{phone['customer_id']} {phone['carrier']} {window}",
                          phones.pop((phone["phone_id"], window, phone["carrier"]))))
        if not shown <= set(phone["windows"]):
            wrong.append(f"{agent}: {phone['customer_id']} showed windows {shown}")
        if phone["agents"][agent]["near"] and not shown:
            wrong.append(f"{agent}: {phone['customer_id']} is missing")
    names = {impostor["token"]: impostor["name"] for impostor in truth["impostors"]}
    for token, rows in closed.items():
        print(summary(f"refused: {names.get(token, 'UNKNOWN')}", rows))
        if token not in names:
            wrong.append(f"{agent}: a token that nobody sent")
    print(summary("everything else", foreign))
    if phones:
        wrong.append(f"{agent}: tokens of nobody's: {list(phones)}")
    return wrong


def main():
    """verify.py [CAPTURE_DIR]"""
    captures = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else DEMO / "captures"
    master = bytes.fromhex((DEMO / "demo-master.key").read_text().strip())
    truth = json.loads((captures / "truth.json").read_text())
    with tempfile.TemporaryDirectory() as scratch:
        scenario = pathlib.Path(scratch)
        subprocess.run([sys.executable, HERE / "scenario.py", DEMO, scratch], check=True, stdout=subprocess.DEVNULL)
        same = json.loads((scenario / "truth.json").read_text()) == truth
        wrong = [] if same else ["truth.json is not what scenario.py writes"]
        for agent, facts in truth["agents"].items():
            wrong += check_agent(agent, facts, truth, master, captures, scenario)
    print("\n".join(wrong) if wrong else "all as it was on the air")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
