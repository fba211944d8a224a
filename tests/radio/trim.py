#!/usr/bin/env python3
"""Copies a btsnoop monitor file without the management "Device Found" echoes.

Linux tells every management socket what the controller reported, and the monitor records that too: each
advertisement stands in the file twice. The HCI events are kept byte for byte, with their time stamps, as is
everything else; the echoes would double the size and hold nothing new.
"""

import struct
import sys

MONITOR = 2001
CTRL_EVENT = 17
DEVICE_FOUND = 0x0012


def main():
    """trim.py IN OUT"""
    if len(sys.argv) != 3:
        sys.exit("usage: trim.py IN.btsnoop OUT.btsnoop")
    with open(sys.argv[1], "rb") as source:
        data = source.read()
    if data[:8] != b"btsnoop\0" or struct.unpack(">II", data[8:16]) != (1, MONITOR):
        sys.exit(f"{sys.argv[1]} is no btsnoop monitor file")
    kept, dropped, at = [data[:16]], 0, 16
    while at + 24 <= len(data):
        size = 24 + struct.unpack(">I", data[at + 4:at + 8])[0]
        record = data[at:at + size]
        if len(record) < size:
            sys.exit(f"{sys.argv[1]} is cut off at byte {at}: the recording did not end well")
        opcode = struct.unpack(">I", record[8:12])[0] & 0xFFFF
        # A control record: the socket's cookie (4 bytes), then the event's code.
        if opcode == CTRL_EVENT and struct.unpack("<H", record[28:30])[0] == DEVICE_FOUND:
            dropped += 1
        else:
            kept.append(record)
        at += size
    with open(sys.argv[2], "wb") as out:
        out.write(b"".join(kept))
    print(f"{sys.argv[2]}: {len(kept) - 1} records, {sum(map(len, kept))} bytes; left out {dropped} Device Found echoes")


if __name__ == "__main__":
    main()
