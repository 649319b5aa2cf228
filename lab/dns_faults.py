# SPDX-License-Identifier: EUPL-1.2
"""Name servers that answer wrongly on purpose: lame, failing, silent, slow or truncating, each at its own addresses."""

import asyncio
import json
import sys
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import cast

import dns.asyncquery
import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype

from lab.nsd import BACKEND_ADDRESS, is_dead
from lab.plan import DNS, DnsFault, Plan, Program

_SLOW_SECONDS = 1.5
_RCODES = {DnsFault.LAME: dns.rcode.REFUSED, DnsFault.SERVFAIL: dns.rcode.SERVFAIL}


def write(plan: Plan, state: Path, now: datetime) -> None:  # noqa: ARG001 - the makers share one signature
    """Write which address has which fault."""
    (state / "dns-faults.json").write_text(json.dumps(_faults(plan)), encoding="utf-8")


def programs(plan: Plan, state: Path) -> list[Program]:
    """Return the program, unless no name server has a fault."""
    argv = (sys.executable, "-m", "lab.dns_faults", str(state / "dns-faults.json"))
    return [Program("dns-faults", DNS.name, argv)] if _faults(plan) else []


def _faults(plan: Plan) -> dict[str, str]:
    """Map addresses to faults."""
    servers = (server for zone in plan.zones for server in zone.servers if server.fault is not DnsFault.NONE)
    return {address: server.fault.value for server in servers for address in server.addresses if not is_dead(address)}


async def spoilt(fault: DnsFault, wire: bytes, *, over_tcp: bool) -> bytes | None:
    """Return the answer that a server with this fault gives, or None for silence."""
    try:
        query = dns.message.from_wire(wire)
    except dns.exception.DNSException:
        return None
    if fault is DnsFault.SILENT:
        return None
    if fault is DnsFault.SERVFAIL_FOR_TLSA and any(question.rdtype == dns.rdatatype.TLSA for question in query.question):
        fault = DnsFault.SERVFAIL
    if fault in _RCODES or (fault is DnsFault.TRUNCATES and not over_tcp):
        answer = dns.message.make_response(query)
        answer.set_rcode(_RCODES.get(fault, dns.rcode.NOERROR))
        answer.flags |= dns.flags.Flag(0) if fault in _RCODES else dns.flags.TC
        return answer.to_wire()
    if fault is DnsFault.SLOW:
        await asyncio.sleep(_SLOW_SECONDS)
    with suppress(OSError, dns.exception.DNSException):
        good = await dns.asyncquery.tcp(query, BACKEND_ADDRESS, timeout=3)
        return good.to_wire(max_size=65535)
    return None


class _Datagrams(asyncio.DatagramProtocol):
    """Answers over UDP."""

    def __init__(self, fault: DnsFault) -> None:
        self._fault = fault
        self._tasks: set[asyncio.Task[None]] = set()
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.DatagramTransport", transport)  # asyncio's own class does not derive from it

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Answer each question in a task of its own."""
        task = asyncio.ensure_future(self._answer(data, addr))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, data: bytes, address: tuple[str, int]) -> None:
        """Answer one question."""
        said = await spoilt(self._fault, data, over_tcp=False)
        if said is not None and self._transport is not None:
            self._transport.sendto(said, address)


async def _serve(faults: dict[str, str]) -> None:
    """Listen on every address over UDP and TCP, for ever."""
    loop = asyncio.get_running_loop()
    for address, name in faults.items():
        fault = DnsFault(name)
        await loop.create_datagram_endpoint(lambda fault=fault: _Datagrams(fault), local_addr=(address, 53))  # type: ignore[misc] # mypy cannot infer a lambda with a default

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, fault: DnsFault = fault) -> None:
            with suppress(OSError, EOFError, TimeoutError):
                async with asyncio.timeout(20):
                    size = int.from_bytes(await reader.readexactly(2), "big")
                    said = await spoilt(fault, await reader.readexactly(size), over_tcp=True)
                    if said is not None:
                        writer.write(len(said).to_bytes(2, "big") + said)
                        await writer.drain()
                    else:
                        await reader.read()
            writer.close()

        await asyncio.start_server(answer, address, 53)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))))
