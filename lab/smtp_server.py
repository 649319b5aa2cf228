# SPDX-License-Identifier: EUPL-1.2
"""Every mail server of the lab in one program: ``python -m lab.smtp_server CONFIG.json``.

Listens on the wildcard addresses; who it is, how it behaves and which certificate it shows follow from the address that the client called.
"""

import asyncio
import json
import socket
import sys
from collections import Counter
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import uvloop

from lab.plan import MailBehaviour, MailTls
from lab.serving import allow_many_files, until_told
from lab.smtp_dialogue import LONGEST_LINE, Dialogue, Host, send
from lab.tls_contexts import Contexts
from lab.tls_limits import Visits

_BACKLOG = 4096

_SILENCE = 120.0
# How many connections of one client are borne, within how many seconds.
_BORNE = {
    MailBehaviour.REFUSES_421_AFTER_3: (3, 60.0),
    MailBehaviour.REFUSES_421_AFTER_8: (8, 600.0),
    MailBehaviour.REFUSES_421_AFTER_25: (25, 600.0),
}
_BANNER_LINES = 100_000
_BANNER_PAUSE = 0.01

# What a client that vanishes, talks too long or fumbles TLS does to a dialogue.
_GONE = (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError)


class Server:
    """All mail servers: finds the one that a client called, and behaves like it."""

    def __init__(self, hosts: dict[str, Host]) -> None:
        self._hosts = hosts
        self._contexts = Contexts()
        self._visits = Visits()
        self._present: Counter[tuple[str, str]] = Counter()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one client from its connection to its leave."""
        host = self._hosts.get(_address(writer.get_extra_info("sockname")))
        dialogue = Dialogue(host, reader, writer, self._contexts) if host else None
        visitor = (host.name if host else "", _address(writer.get_extra_info("peername")))
        self._present[visitor] += 1
        try:
            if host and dialogue:
                await self._behave(host, dialogue, reader, visitor)
        except (*_GONE, asyncio.CancelledError):
            pass  # a cancelled conversation ends here: in Python 3.11 the stream's own callback would log it
        finally:
            self._present[visitor] -= 1
            self._present += Counter()  # forgets who is gone
            (dialogue.writer if dialogue else writer).close()
            writer.close()

    async def _behave(self, host: Host, dialogue: Dialogue, reader: asyncio.StreamReader, visitor: tuple[str, str]) -> None:
        """Do what this kind of server does to a client that connects."""
        writer = dialogue.writer
        match host.behaviour:
            case MailBehaviour.CLOSES:
                return
            case MailBehaviour.SILENT:
                async with asyncio.timeout(_SILENCE):
                    await _until_left(reader)
            case MailBehaviour.ENDLESS_BANNER:
                await _endless_banner(host, reader, writer)
            case MailBehaviour.REFUSES_554:
                await dialogue.refuse()
            case MailBehaviour.REFUSES_421:
                await send(writer, _busy(host))
            case limited if limited in _BORNE and self._visits.note(visitor, *_BORNE[limited]):
                await send(writer, _busy(host))
            case MailBehaviour.REFUSES_SECOND if self._present[visitor] > 1:
                await send(writer, _busy(host))
            case _:
                await dialogue.hold()


def _busy(host: Host) -> str:
    """Word the refusal of a server that has too much to do."""
    return f"421 {host.name} Service not available, too many connections\r\n"


async def _until_left(reader: asyncio.StreamReader) -> None:
    """Throw away what the client says until it leaves."""
    while await reader.read(LONGEST_LINE):
        pass


async def _endless_banner(host: Host, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Begin a greeting that has no end, until the client has left."""
    leaving = asyncio.create_task(_until_left(reader))
    try:
        for number in range(_BANNER_LINES):
            await send(writer, f"220-{host.name} welcomes you, line {number}\r\n")
            await asyncio.wait([leaving], timeout=_BANNER_PAUSE)
            if leaving.done():
                return
    finally:
        leaving.cancel()
        with suppress(asyncio.CancelledError, *_GONE):
            await leaving


def _address(name: tuple[Any, ...] | None) -> str:
    """Return the address of a socket name in its one normal form; empty when the socket is gone already."""
    return str(ip_address(str(name[0]).partition("%")[0])) if name else ""


def load(path: Path) -> tuple[dict[str, Host], int]:
    """Read the configuration: the host behind every address, and the port."""
    told = json.loads(path.read_text(encoding="utf-8"))
    hosts = {
        str(ip_address(address)): Host(one["host"], MailBehaviour(one["behaviour"]), Path(one["certificate"]), MailTls(one["tls"]))
        for address, one in told["addresses"].items()
    }
    return hosts, int(told.get("port", 25))


def _listener(family: socket.AddressFamily, address: str, port: int) -> socket.socket:
    """Listen on a wildcard address of one family only."""
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    listener.bind((address, port))
    return listener


async def _run(config: Path) -> None:
    """Listen until told to stop."""
    hosts, port = load(config)
    server = Server(hosts)
    listeners = [_listener(socket.AF_INET, "0.0.0.0", port), _listener(socket.AF_INET6, "::", port)]
    listening = [await asyncio.start_server(server.serve, sock=one, limit=LONGEST_LINE, backlog=_BACKLOG) for one in listeners]
    await until_told()
    for one in listening:
        one.close()


def main() -> None:
    """Serve by the configuration that the command line names."""
    allow_many_files()
    uvloop.run(_run(Path(sys.argv[1])))


if __name__ == "__main__":
    main()
