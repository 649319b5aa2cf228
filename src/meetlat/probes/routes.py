# SPDX-License-Identifier: EUPL-1.2
"""The probe for ``routes`` needs: by which routes an address is announced, and what the RPKI holds of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import Protocol

from meetlat.model.evidence import Failure, Need
from meetlat.probes.failing import NoAnswerError
from meetlat.probes.gate import Gate
from meetlat.probes.network import Network, NetworkError
from meetlat.probes.resolver import Resolver
from meetlat.probes.ris_whois import RisWhois, server_of
from meetlat.probes.route_files import NO_ORIGIN, RoutingFile, read_routes, read_vrps

Address = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class Told:
    """What a source says of an address: every route that covers it (prefix and origin), which source that is, and of when."""

    routes: tuple[tuple[str, int | None], ...]
    name: str
    at: datetime
    is_exact: bool = True


class RouteSource(Protocol):
    """Knows by which routes an address is announced."""

    async def told(self, address: Address) -> Told:
        """Return the routes that cover an address. Raises NoAnswerError."""
        ...


class RoutesProbe:
    """Answers needs of kind ``routes``: subject is the address."""

    kind = "routes"

    def __init__(self, vrps: RoutingFile | None, routes: RouteSource | None) -> None:
        self._vrps, self._routes = vrps, routes

    async def observe(self, need: Need) -> Mapping[str, object]:
        """Look an address up in both sources.

        Answer: routes [{prefix, origin}], all that cover the address (the origin is None for a set of networks), routes_from, routes_at,
        routes_exact (False when the prefixes are ranges of addresses instead of announcements); vrps [{prefix, max_length, origin}], all
        that cover the address, vrps_from, vrps_at. Raises NoAnswerError: NOT_ASKED without a source; OUR_LIMIT when a source fails.
        """
        try:
            address = ip_address(need.subject)
        except ValueError as error:
            raise NoAnswerError(Failure.NOT_ASKED, str(error)) from error
        if self._vrps is None:
            raise NoAnswerError(Failure.NOT_ASKED, "no VRP file was given")
        if self._routes is None:
            raise NoAnswerError(Failure.NOT_ASKED, "no source of routes was given")
        _refuse_half(self._vrps, address)
        told = await self._routes.told(address)
        vrps = self._vrps.table.covering(address)
        return {
            "routes": [{"prefix": prefix, "origin": origin} for prefix, origin in told.routes],
            "routes_from": told.name,
            "routes_at": told.at.isoformat(),
            "routes_exact": told.is_exact,
            "vrps": [{"prefix": str(prefix), "max_length": value & 0xFF, "origin": value >> 8} for prefix, value in vrps],
            "vrps_from": self._vrps.name,
            "vrps_at": self._vrps.at.isoformat(),
        }


def routes_probe(gate: Gate, resolver: Resolver | None = None) -> RoutesProbe:
    """Make the probe on the sources that the network names. Raises NetworkError with one sentence when one cannot be used."""
    network = gate.network
    return RoutesProbe(read_vrps(network.vrps) if network.vrps else None, _source(network, gate, resolver))


def _source(network: Network, gate: Gate, resolver: Resolver | None) -> RouteSource | None:
    """Make the source of routes: one server, or files."""
    if not network.routes:
        return None
    servers = {text: server for text in network.routes if (server := server_of(text)) and not Path(text).exists()}
    if not servers:
        return FromFiles(read_routes([Path(text) for text in network.routes]))
    if len(network.routes) > 1:
        raise NetworkError(f"routes come from one server or from files: {', '.join(network.routes)[:200]}")
    return FromServer(RisWhois(gate, next(iter(servers.values())), resolver), network)


class FromFiles:
    """Routes from files that were read at the start."""

    def __init__(self, file: RoutingFile) -> None:
        self._file = file

    async def told(self, address: Address) -> Told:
        """Return the routes that cover an address."""
        _refuse_half(self._file, address)
        found = self._file.table.covering(address)
        routes = tuple((str(prefix), None if origin == NO_ORIGIN else origin) for prefix, origin in found)
        return Told(routes, self._file.name, self._file.at, self._file.is_exact)


class FromServer:
    """Routes from a RISwhois server; what is no public address it is not bothered with."""

    def __init__(self, server: RisWhois, network: Network) -> None:
        self._server, self._network = server, network

    async def told(self, address: Address) -> Told:
        """Return the routes that cover an address; the server answers for its whole /24 or /48."""
        if not self._network.allows(address):
            return Told((), self._server.name, datetime.now(UTC))
        routes, at = await self._server.routes(str(address))
        return Told(routes, self._server.name, at)


def _refuse_half(file: RoutingFile, address: Address) -> None:
    """Refuse to conclude anything from a file of the other family alone."""
    if not file.table.has(address.version):
        raise NoAnswerError(Failure.NOT_ASKED, f"{file.name} holds nothing on IPv{address.version}")
