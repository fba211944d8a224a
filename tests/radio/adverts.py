"""What devices put on the air: AD structures, the two carriers, and ordinary devices.

Here: bytes. Never here: places, times, who is whose.

To add an ordinary device: a function that gives (seconds between adverts, event type, address type, seconds
that an address lives, payload, scan response), and its name in ORDINARY. `payload(rng)` is called anew for
every address, as real devices change both together.
"""

import struct

BRAND_UUID = 0xFCF1

ADV_IND, ADV_SCAN_IND, ADV_NONCONN_IND, SCAN_RSP = 0, 2, 3, 4
PUBLIC, RANDOM = 0, 1


def ad(kind: int, data: bytes) -> bytes:
    """One AD structure: length, type, data."""
    return bytes([len(data) + 1, kind]) + data


def uuid16(value: int) -> bytes:
    """A 16-bit UUID as it goes on the air."""
    return struct.pack("<H", value)


def service(uuid: int, data: bytes) -> bytes:
    """The complete list with one 16-bit UUID, and that UUID's service data."""
    return ad(0x03, uuid16(uuid)) + ad(0x16, uuid16(uuid) + data)


def carrier(name: str, token: bytes) -> bytes:
    """A: service data of the brand's UUID. B: the token as a 128-bit UUID beside it, least byte first."""
    if name == "A":
        return service(BRAND_UUID, token)
    return ad(0x01, b"\x1a") + ad(0x03, uuid16(BRAND_UUID)) + ad(0x07, token[::-1])


def apple(data: bytes, flags: bytes = b"\x1a") -> bytes:
    """Manufacturer data of company 0x004C."""
    return (ad(0x01, flags) if flags else b"") + ad(0xFF, b"\x4c\x00" + data)


def apple_nearby(rng):
    return 1.9, ADV_IND, RANDOM, 300, lambda r: apple(b"\x10\x05" + r.randbytes(5)), None


def apple_earbuds(rng):
    return 2.3, ADV_NONCONN_IND, RANDOM, 900, lambda r: apple(b"\x07\x19\x01" + r.randbytes(24), b""), None


def apple_finder(rng):
    return 2.0, ADV_NONCONN_IND, RANDOM, 900, lambda r: apple(b"\x12\x19" + r.randbytes(25), b""), None


def eddystone_uid(rng):
    return 1.4, ADV_NONCONN_IND, RANDOM, 9999, lambda r: (
        ad(0x01, b"\x06") + service(0xFEAA, b"\x00\xee" + r.randbytes(16))), None


def eddystone_eid(rng):
    return 1.4, ADV_NONCONN_IND, RANDOM, 200, lambda r: (
        ad(0x01, b"\x06") + service(0xFEAA, b"\x30\xee" + r.randbytes(8))), None


def ibeacon(rng):
    place = rng.randbytes(16)
    return 1.1, ADV_NONCONN_IND, PUBLIC, 9999, lambda r: (
        apple(b"\x02\x15" + place + b"\x00\x01\x00\x02\xc5", b"\x06")), None


def named_watch(rng):
    name = b"Montre-%04X" % rng.randrange(65536)
    return 1.3, ADV_IND, RANDOM, 9999, lambda r: (
        ad(0x01, b"\x06") + ad(0x03, uuid16(0x180D) + uuid16(0x180F))), ad(0x09, name)


def named_headphones(rng):
    return 1.7, ADV_SCAN_IND, PUBLIC, 9999, lambda r: (
        ad(0x01, b"\x02") + ad(0xFF, b"\xff\xff" + r.randbytes(6))), ad(0x09, b"Casque du rayon") + ad(0x0A, b"\x04")


def fast_pair(rng):
    return 1.6, ADV_IND, RANDOM, 240, lambda r: (
        ad(0x01, b"\x06") + service(0xFE2C, b"\x00\x40" + r.randbytes(4) + b"\x11" + r.randbytes(1))), None


def exposure(rng):
    return 1.5, ADV_NONCONN_IND, RANDOM, 400, lambda r: ad(0x01, b"\x1a") + service(0xFD6F, r.randbytes(20)), None


def laptop(rng):
    return 2.2, ADV_NONCONN_IND, RANDOM, 9999, lambda r: ad(0xFF, b"\x06\x00\x01\x09\x20\x02" + r.randbytes(23)), None


def restless(rng):
    """Some phones turn their address every few seconds."""
    return 1.2, ADV_IND, RANDOM, 7, lambda r: ad(0x01, b"\x02") + service(0xFCF2, r.randbytes(16)), None


def uuid128_alone(rng):
    """Carrier B's shape without the brand's UUID."""
    return 1.8, ADV_IND, RANDOM, 9999, lambda r: ad(0x01, b"\x1a") + ad(0x07, r.randbytes(16)), None


def broken(rng):
    """An AD structure that promises more bytes than there are."""
    return 2.6, ADV_NONCONN_IND, RANDOM, 9999, lambda r: ad(0x01, b"\x06") + b"\x1e\x16\xf1\xfc" + r.randbytes(5), None


def silent(rng):
    """An empty payload, and a run of zero bytes: early termination."""
    return 2.7, ADV_IND, RANDOM, 150, lambda r: bytes(r.choice([0, 7])), None


ORDINARY = ([apple_nearby] * 5 + [apple_earbuds, apple_finder] + [eddystone_uid, eddystone_eid] + [ibeacon] * 2
            + [named_watch] * 2 + [named_headphones] + [fast_pair] * 2 + [exposure] * 3 + [laptop]
            + [restless, uuid128_alone, broken, silent])
PASSERS_BY = {apple_nearby, apple_earbuds, exposure, fast_pair, named_watch, restless}
