# SPDX-License-Identifier: EUPL-1.2
"""Routes to an address, and what the RPKI says of them: validation of the origin (RFC 6811)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import cast

from meetlat.model.evidence import Evidence, Need

Prefix = IPv4Network | IPv6Network

_NOBODY = 0  # a VRP for AS 0 matches no route (RFC 6483, 4; RFC 6811, 2)


@dataclass(frozen=True, slots=True)
class Route:
    """A prefix and the AS that announces it; the origin is None when the path ends in a set of them (RFC 6811, 2)."""

    prefix: Prefix
    origin: int | None

    def __str__(self) -> str:
        """Write the route for people."""
        return f"{self.prefix} (AS{self.origin})" if self.origin is not None else f"{self.prefix} (AS_SET)"


@dataclass(frozen=True, slots=True)
class Vrp:
    """A validated ROA payload: this AS may announce the prefix, and what lies in it up to a length."""

    prefix: Prefix
    max_length: int
    origin: int

    def covers(self, route: Route) -> bool:
        """Whether the address space of the route lies within that of the VRP (RFC 6811, 2)."""
        return (
            self.prefix.version == route.prefix.version
            and self.prefix.prefixlen <= route.prefix.prefixlen
            and int(self.prefix.network_address) == int(route.prefix.network_address) & int(self.prefix.netmask)
        )

    def has_origin_of(self, route: Route) -> bool:
        """Whether the VRP lets the AS of the route announce anything at all."""
        return self.origin != _NOBODY and self.origin == route.origin

    def matches(self, route: Route) -> bool:
        """Whether the VRP covers the route, allows its length and names its origin (RFC 6811, 2)."""
        return self.covers(route) and self.has_origin_of(route) and route.prefix.prefixlen <= self.max_length

    def __str__(self) -> str:
        """Write the VRP for people."""
        return f"{self.prefix}-{self.max_length} (AS{self.origin})"


class Validity(Enum):
    """What RFC 6811 makes of a route; invalid is told in two."""

    VALID = "valid"
    NOT_FOUND = "not-found"
    OTHER_ORIGIN = "other-origin"
    TOO_SPECIFIC = "too-specific"

    @property
    def is_invalid(self) -> bool:
        """Whether the route goes against what was published."""
        return self in {Validity.OTHER_ORIGIN, Validity.TOO_SPECIFIC}


def validity(route: Route, vrps: Iterable[Vrp]) -> Validity:
    """Validate the origin of a route (RFC 6811, 2): valid if any VRP matches it, not found if none covers it, otherwise invalid."""
    covering = [vrp for vrp in vrps if vrp.covers(route)]
    if not covering:
        return Validity.NOT_FOUND
    if any(vrp.matches(route) for vrp in covering):
        return Validity.VALID
    return Validity.TOO_SPECIFIC if any(vrp.has_origin_of(route) for vrp in covering) else Validity.OTHER_ORIGIN


@dataclass(frozen=True, slots=True)
class Source:
    """Where routes or VRPs came from, and of when they are."""

    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Routing:
    """How an address is routed: the routes with the longest prefix, by every origin, each validated; and all VRPs that cover the address.

    ``is_exact`` is False when the source knows who uses the address, but not in which prefixes it is announced.
    """

    routes: tuple[tuple[Route, Validity], ...]
    vrps: tuple[Vrp, ...]
    routes_from: Source
    vrps_from: Source
    is_exact: bool

    @property
    def oldest(self) -> Source:
        """The source that is of longest ago."""
        return min(self.routes_from, self.vrps_from, key=lambda source: source.at)


def routing_need(address: str) -> Need:
    """Return the need for the routes to an address, and the VRPs that cover it."""
    return Need("routes", address)


def routing(need: Need, seen: Evidence) -> Routing | None:
    """Read how an address is routed, or None when that question has no answer."""
    return seen.reading(need, _routing)


def _routing(answer: Mapping[str, object]) -> Routing:
    """Read an answer."""
    routes = [_route(one) for one in _tables(answer["routes"])]
    longest = max((route.prefix.prefixlen for route in routes), default=0)
    vrps = tuple(_vrp(one) for one in _tables(answer["vrps"]))
    most_specific = sorted({route for route in routes if route.prefix.prefixlen == longest}, key=str)
    return Routing(
        routes=tuple((route, validity(route, vrps)) for route in most_specific),
        vrps=vrps,
        routes_from=_source(answer, "routes"),
        vrps_from=_source(answer, "vrps"),
        is_exact=bool(answer.get("routes_exact", True)),
    )


def _tables(value: object) -> Iterable[Mapping[str, object]]:
    """Return a list of tables as it was stored."""
    return cast("Iterable[Mapping[str, object]]", value)


def _route(told: Mapping[str, object]) -> Route:
    """Read a route."""
    return Route(ip_network(str(told["prefix"])), cast("int | None", told.get("origin")))


def _vrp(told: Mapping[str, object]) -> Vrp:
    """Read a VRP."""
    return Vrp(ip_network(str(told["prefix"])), cast("int", told["max_length"]), cast("int", told["origin"]))


def _source(answer: Mapping[str, object], of: str) -> Source:
    """Read where something came from."""
    return Source(str(answer[f"{of}_from"]), datetime.fromisoformat(str(answer[f"{of}_at"])))
