# SPDX-License-Identifier: EUPL-1.2
"""What the lab's own server programs share: TLS contexts, room for many connections, and a clean end on SIGTERM."""

import asyncio
import resource
import signal
import ssl
import sys
from collections import OrderedDict
from pathlib import Path
from typing import Any

# Some 35 kB each in use. Making one takes longer than all the rest of a session, so every host of a full lab should fit.
_MOST_CONTEXTS = 4096


class Contexts:
    """TLS contexts per certificate file, made when first needed; the least recently used ones go first."""

    def __init__(self, most: int = _MOST_CONTEXTS) -> None:
        self._most = most
        self._kept: OrderedDict[Path, ssl.SSLContext] = OrderedDict()

    def of(self, certificate: Path) -> ssl.SSLContext:
        """Return the context that shows a certificate."""
        context = self._kept.get(certificate)
        if context is None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            context.num_tickets = 0  # nobody resumes, and making tickets takes time
            self._kept[certificate] = context
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)
        self._kept.move_to_end(certificate)
        return context


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
