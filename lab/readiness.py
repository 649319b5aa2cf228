# SPDX-License-Identifier: EUPL-1.2
"""A real probe of every server of the lab, from the probe segment, before anybody is told that it is up."""

import asyncio
import ssl
import sys
import time
import warnings
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

import dns.asyncquery
import dns.exception
import dns.message
import dns.rcode

from lab.plan import BLACKHOLE, UNREACHABLE, DnsFault, MailBehaviour, Plan, PortFault, WebServer
from lab.scenario import plan_of
from lab.state import read_status

_DEADLINE_SECONDS = 60.0
_AT_ONCE = 200
_GREETS = {
    MailBehaviour.GOOD,
    MailBehaviour.NO_STARTTLS,
    MailBehaviour.STARTTLS_454,
    MailBehaviour.CLOSES_AFTER_220,
    MailBehaviour.GREYLISTS,
    MailBehaviour.SLOW_BANNER,
    MailBehaviour.CLOSES_ON_OLD_HELLO,
}
_ANSWERS = {
    DnsFault.NONE: dns.rcode.NOERROR,
    DnsFault.LAME: dns.rcode.REFUSED,
    DnsFault.SERVFAIL: dns.rcode.SERVFAIL,
    DnsFault.SERVFAIL_FOR_TLSA: dns.rcode.NOERROR,
    DnsFault.TRUNCATES: dns.rcode.NOERROR,
}
_RESOLVER = "127.0.0.1"


class NotReadyError(RuntimeError):
    """A server of the lab does not answer; the message names it and where its log is."""


@dataclass(frozen=True, slots=True)
class Check:
    """One server to wait for."""

    name: str
    try_once: Callable[[], Awaitable[None]]


async def wait_until_ready(checks: Iterable[Check]) -> None:
    """Try every check until it succeeds; raise NotReadyError with those that do not within a minute."""
    turn = asyncio.Semaphore(_AT_ONCE)
    deadline = time.monotonic() + _DEADLINE_SECONDS
    late = [name for name in await asyncio.gather(*(_until(check, turn, deadline) for check in checks)) if name]
    if late:
        raise NotReadyError(f"{len(late)} servers do not answer, the first being {', '.join(late[:5])}")


async def _until(check: Check, turn: asyncio.Semaphore, deadline: float) -> str:
    """Try one check until it succeeds; return its name when the time is up."""
    while True:
        try:
            async with turn, asyncio.timeout(5):
                await check.try_once()
        except (OSError, TimeoutError, EOFError, dns.exception.DNSException, ValueError) as error:
            if time.monotonic() > deadline:
                return f"{check.name} ({type(error).__name__}: {error})"
            await asyncio.sleep(0.2)
        else:
            return ""


def checks_of(plan: Plan) -> list[Check]:
    """List a check for every server of the plan that is meant to answer."""
    return [*_name_servers(plan), *_web_servers(plan), *_mail_servers(plan)]


def _is_dead(address: str) -> bool:
    """Whether an address lies in a prefix that leads nowhere."""
    parsed = ip_address(address)
    return any(parsed in prefix for prefix in (*BLACKHOLE, *UNREACHABLE) if prefix.version == parsed.version)


def _name_servers(plan: Plan) -> list[Check]:
    """Ask every name server for the SOA of a zone that it serves."""
    served = {
        address: (zone.name, _ANSWERS[server.fault])
        for zone in plan.zones
        for server in zone.servers
        if server.fault in _ANSWERS
        for address in server.addresses
        if not _is_dead(address)
    }
    checks = [Check(f"name server {address}", _soa(address, zone, rcode)) for address, (zone, rcode) in served.items()]
    return [*checks, Check(f"resolver {_RESOLVER}", _soa(_RESOLVER, "nl", dns.rcode.NOERROR))]


def _soa(address: str, zone: str, rcode: dns.rcode.Rcode) -> Callable[[], Awaitable[None]]:
    """Make the question to one name server. Another answer than the meant one comes from a server that is still loading."""

    async def ask() -> None:
        answer = await dns.asyncquery.udp(dns.message.make_query(zone + ".", "SOA"), address, timeout=2)
        if answer.rcode() is not rcode:
            raise ValueError(f"answers {answer.rcode().name} instead of {rcode.name}")

    return ask


def _web_servers(plan: Plan) -> list[Check]:
    """Fetch a page of every nginx host and family; only connect to the odd servers."""
    faulty = {(one.address, one.port) for one in plan.blocked}
    checks, context = [], _any_tls()
    for listener in plan.web:
        for address in listener.addresses:
            if _is_dead(address) or (address, listener.port) in faulty:
                continue
            speaks = listener.server is WebServer.NGINX
            tls = context if listener.certificate is not None and speaks else None
            name = f"web {listener.host} {address}:{listener.port}"
            checks.append(Check(name, _page(listener.host, (address, listener.port), tls, speaks=speaks)))
    return checks


def _page(host: str, place: tuple[str, int], context: ssl.SSLContext | None, *, speaks: bool) -> Callable[[], Awaitable[None]]:
    """Make the request to one web listener."""

    async def fetch() -> None:
        reader, writer = await asyncio.open_connection(*place, ssl=context, server_hostname=host if context else None)
        try:
            if speaks:
                writer.write(f"HEAD / HTTP/1.0\r\nHost: {host}\r\n\r\n".encode())
                if not (await reader.readline()).startswith(b"HTTP/1"):
                    raise ValueError("no HTTP")
        finally:
            writer.close()

    return fetch


def _any_tls() -> ssl.SSLContext:
    """Make a context that looks at no certificate and takes any TLS: whether these are right is for ``lab verify``."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the lab has servers that are as old
        context.minimum_version = ssl.TLSVersion.TLSv1
    context.set_ciphers("ALL:@SECLEVEL=0")
    return context


def _mail_servers(plan: Plan) -> list[Check]:
    """Read the greeting of every mail server that greets."""
    faulty = {one.address for one in plan.blocked if one.fault in PortFault}
    return [
        Check(f"mail {server.host} {address}", _greeting(address))
        for server in plan.mail
        if server.behaviour in _GREETS
        for address in server.addresses
        if not _is_dead(address) and address not in faulty
    ]


def _greeting(address: str) -> Callable[[], Awaitable[None]]:
    """Make the connection to one mail server."""

    async def read() -> None:
        reader, writer = await asyncio.open_connection(address, 25)
        try:
            if not (await reader.readline()).startswith(b"2"):
                raise ValueError("no greeting")
            writer.write(b"QUIT\r\n")
        finally:
            writer.close()

    return read


def main(state: Path) -> int:
    """Wait for every server of the lab in this state folder; say what is not ready."""
    status = read_status(state)
    if status is None:
        return 2
    plan = plan_of(status)
    try:
        asyncio.run(wait_until_ready(checks_of(plan)))
    except NotReadyError as error:
        sys.stdout.write(f"{error}; see the logs in {state / 'logs'}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
