# SPDX-License-Identifier: EUPL-1.2
"""The options with which a measurement goes out: network, resolver, identity, limits."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from ipaddress import ip_address, ip_network
from pathlib import Path

from meetlat.cli.faults import fault
from meetlat.cli.shown import errors
from meetlat.cli.words import say
from meetlat.engine.run import connected
from meetlat.probes.failing import NoAnswerError
from meetlat.probes.gate import Gate, Identity, Limits
from meetlat.probes.network import Network, Prefix, read_network
from meetlat.probes.prober import Prober
from meetlat.probes.vantage import ipv6_works
from meetlat.store.asking import Asking


@dataclass(frozen=True, slots=True)
class Going:
    """How the person asked to go out; paths and texts as given, and the list of those who want to be left alone as read."""

    network: Path | None = None
    resolver: str | None = None
    left_alone: tuple[Prefix, ...] = ()
    contact: str = ""
    ehlo: str = ""
    budget: int | None = None
    thorough: bool = False
    vrps: Path | None = None
    routes: tuple[str, ...] = ()


@asynccontextmanager
async def going_out(asked: Going) -> AsyncIterator[Prober]:
    """Open the gate, start or find the resolver, and make sure that it answers before anything is asked of others.

    Raises UsageFault, NetworkError or ResolverError.
    """
    network = _network(asked)
    limits = Limits(budget=asked.budget)
    identity = Identity(contact=asked.contact, **({"ehlo_name": asked.ehlo} if asked.ehlo else {}))
    gate = Gate(network, limits, identity, asked.left_alone)
    resolver = _resolver(asked.resolver) if asked.resolver else None
    async with connected(gate, resolver, thorough=asked.thorough) as probes:
        await _first_question(probes, asked.resolver or "Unbound")
        if gate.has_ipv6 and not await ipv6_works(probes):
            gate.has_ipv6 = False  # a route that leads nowhere: to say that others have no IPv6 would be our failure
            errors().print(say("measure.no_ipv6"))
        yield probes


def asking(gate: Gate, left_alone: Collection[Prefix]) -> Asking:
    """Say as whom and within which limits this gate asks; how a list is ordered or commented makes no difference to its digest."""
    prefixes = sorted({str(prefix) for prefix in left_alone})
    limits = asdict(gate.limits)
    return Asking(
        contact=gate.identity.contact,
        ehlo_name=gate.identity.ehlo_name,
        opt_out_prefixes=len(prefixes),
        opt_out_sha256=sha256("".join(f"{prefix}\n" for prefix in prefixes).encode()).hexdigest(),
        budgets=(limits.pop("budget"),),
        limits=limits,
    )


def _network(asked: Going) -> Network:
    """Read the network, with the sources of RPKI that were named on the command line in place of its own."""
    network = read_network(asked.network) if asked.network else Network()
    return replace(network, vrps=asked.vrps or network.vrps, routes=asked.routes or network.routes)


async def _first_question(probes: Prober, shown: str) -> None:
    """Ask for the root, so that a dead resolver is one sentence and not ten thousand unknowns."""
    if probes.resolver is None:
        return
    try:
        answer = await probes.resolver.ask("", "NS")
    except NoAnswerError as error:
        raise fault("resolver_silent", address=shown, detail=str(error)) from error
    if not answer.records:
        raise fault("resolver_silent", address=shown, detail=f"rcode {answer.rcode.name}")


def _resolver(text: str) -> tuple[str, int]:
    """Read ADDRESS or ADDRESS:PORT; only on this machine, for further away the AD bit proves nothing."""
    address, port = text.strip(), "53"
    if address.startswith("["):
        address, _, rest = address[1:].partition("]")
        port = rest.removeprefix(":") or port
    elif address.count(":") == 1:
        address, _, port = address.partition(":")
    try:
        parsed = ip_address(address)
        number = int(port)
    except ValueError as error:
        raise fault("resolver_address", text=text[:80]) from error
    if not 0 < number < 65536:
        raise fault("resolver_address", text=text[:80])
    if not parsed.is_loopback:
        raise fault("resolver_remote", text=text[:80])
    return address, number


def opted_out(path: Path) -> tuple[Prefix, ...]:
    """Read the list of addresses and prefixes that are left alone; # begins a comment."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise fault("unreadable", path=path, reason=error) from error
    prefixes: list[Prefix] = []
    for number, line in enumerate(lines, start=1):
        text = line.partition("#")[0].strip()
        if not text:
            continue
        try:
            prefixes.append(ip_network(text, strict=False))
        except ValueError as error:
            raise fault("opt_out_file", path=path, line=number, text=repr(text[:80])) from error
    return tuple(prefixes)
