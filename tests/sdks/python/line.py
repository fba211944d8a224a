"""The line to a server that is not in the same machine: 25 ms each way. line.py LISTEN-PORT SERVER-PORT

One of Segment's tests gives the server a tenth of a millisecond to answer, and expects that this is too little. Over
loopback it is not always.
"""

import asyncio
import sys

ONE_WAY_S = 0.025


async def pass_on(reader, writer):
    try:
        while data := await reader.read(65536):
            await asyncio.sleep(ONE_WAY_S)
            writer.write(data)
            await writer.drain()
    except OSError:
        pass  # One end is gone; so goes the other.
    finally:
        writer.close()


async def connected(reader, writer):
    server_reader, server_writer = await asyncio.open_connection("127.0.0.1", int(sys.argv[2]))
    await asyncio.gather(pass_on(reader, server_writer), pass_on(server_reader, writer))


async def main():
    listener = await asyncio.start_server(connected, "127.0.0.1", int(sys.argv[1]))
    await listener.serve_forever()


asyncio.run(main())
