# SPDX-License-Identifier: EUPL-1.2
"""Leaving a stream, so that nothing of it is left behind."""

import asyncio
from contextlib import suppress

from meetlat.probes.watch import Within

_GOODBYE_SECONDS = 1.0


async def leave(writer: asyncio.StreamWriter) -> None:
    """Close a stream and wait until it is gone; of TLS the other side gets a moment for its own goodbye, and no more.

    Until then the connection is in use: its place at the gate must not be given to another, and its socket not be closed, for the loop
    still watches that.
    """
    try:
        with suppress(OSError):  # how the other side takes leave changes nothing that was seen
            writer.close()
            with Within(_GOODBYE_SECONDS):
                await writer.wait_closed()
    finally:
        writer.transport.abort()
