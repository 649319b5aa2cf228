# SPDX-License-Identifier: EUPL-1.2
"""What the lab's own server programs share: room for many connections, and a clean end on SIGTERM."""

import asyncio
import resource
import signal
import sys
from typing import Any


def allow_many_files() -> None:
    """Allow this process as many connections as the system lets it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def complain(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log what went wrong with a connection in one line, unless its client just vanished or fumbled TLS."""
    exception = context.get("exception")
    if not isinstance(exception, OSError):
        print(context.get("message"), repr(exception), file=sys.stderr, flush=True)  # noqa: T201 - standard error is the log


async def until_told() -> None:
    """Wait until somebody asks this process to end."""
    loop = asyncio.get_running_loop()
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    loop.set_exception_handler(complain)
    await told.wait()
