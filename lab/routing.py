# SPDX-License-Identifier: EUPL-1.2
"""Which prefixes of the lab are announced, by whom, and what its ROAs say of that: pure functions of the plan."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from lab.plan import DNS, MAIL, ODD, ROUTE_STATE_NETS, WEB, Plan, RouteState, Segment

Prefix = IPv4Network | IPv6Network

FIRST_ORIGIN = 64512  # the AS numbers of the hosters are for private use (RFC 6996); each /24 with its /48 has one
_OTHER_ORIGIN = 65000
_NOBODY = 0  # RFC 6483, 4: a ROA for AS 0 says that nobody may announce
_SEGMENTS = (DNS, WEB, MAIL, ODD)
_NETS = 64  # of each segment that IPv4 has room for
_PER_SEGMENT = {4: 24, 6: 48}


@dataclass(frozen=True, slots=True)
class Announcement:
    """One route as route collectors see it; the origin is text, for of an aggregate it is a set."""

    prefix: Prefix
    origin: str
    peers: int = 300


@dataclass(frozen=True, slots=True)
class Roa:
    """One AS that may announce a prefix, and what lies in it up to a length."""

    prefix: Prefix
    max_length: int
    origin: int


@dataclass(frozen=True, slots=True)
class _Net:
    """One /24 or /48 in use, with its place in the plan."""

    prefix: Prefix
    origin: int
    number: int

    @property
    def state(self) -> RouteState:
        """What is to be wrong with its route."""
        return next((state for state, number in ROUTE_STATE_NETS.items() if number == self.number), RouteState.VALID)


def announcements(plan: Plan) -> list[Announcement]:
    """List every route: of each net in use, and some that must not count."""
    nets = _nets(plan)
    made = [Announcement(net.prefix, str(net.origin)) for net in nets if net.state is not RouteState.UNANNOUNCED]
    # Three peers believe another: a leak, or a fault of theirs.
    made += [Announcement(net.prefix, "65010", peers=3) for net in nets if net.state is RouteState.VALID and net.number % 2 == 0]
    # Longer prefixes win from this one, that no ROA covers.
    made += [Announcement(ip_network((prefix.network_address, length)), "65020") for prefix, length in ((WEB.ipv4, 19), (WEB.ipv6, 43))]
    made += [Announcement(ip_network("198.18.0.0/16"), "{65030,65031}", peers=5), Announcement(ip_network("0.0.0.0/0"), "65040", peers=60)]
    return made


def roas(plan: Plan) -> list[Roa]:
    """List every ROA, ordered by origin."""
    return sorted({roa for net in _nets(plan) for roa in _roas_of(net)}, key=lambda roa: (roa.origin, roa.prefix.version, roa.prefix))


def expired_roas(plan: Plan) -> list[Roa]:
    """List the ROAs that are out of date, so that no validator makes anything of them: of each net that is to have none."""
    nets = (net for net in _nets(plan) if net.state is RouteState.NOT_FOUND)
    return [Roa(net.prefix, net.prefix.prefixlen, net.origin) for net in nets]


def _roas_of(net: _Net) -> Iterator[Roa]:
    """Say what the ROAs are for one net."""
    length = net.prefix.prefixlen
    match net.state:
        case RouteState.NOT_FOUND:
            return
        case RouteState.OTHER_ORIGIN:
            yield Roa(net.prefix, length, _OTHER_ORIGIN if net.prefix.version == 4 else _NOBODY)
        case RouteState.TOO_SPECIFIC:
            yield Roa(net.prefix.supernet(), length - 1, net.origin)
        case RouteState.UNANNOUNCED:
            yield Roa(net.prefix, length, net.origin)
        case RouteState.VALID:
            # One for the net itself, or one for a larger block that lets the net be announced apart.
            yield Roa(net.prefix.supernet() if net.number % 2 else net.prefix, length, net.origin)


def _nets(plan: Plan) -> list[_Net]:
    """List the nets in which something of the plan lives."""
    addresses = {address for listener in plan.web for address in listener.addresses}
    addresses |= {address for server in plan.mail for address in server.addresses}
    addresses |= {address for zone in plan.zones for server in zone.servers for address in server.addresses}
    return sorted(set(_net_of_each(addresses)), key=lambda net: (net.prefix.version, net.prefix))


def origin_of(address: str) -> int | None:
    """Return the AS number from which the net of an address is announced; None outside the segments."""
    return next((net.origin for net in _net_of_each([address])), None)


def origins_in(segment: Segment) -> range:
    """Return the AS numbers of the nets of a segment, in order; its first net is of nobody."""
    first = FIRST_ORIGIN + _NETS * _SEGMENTS.index(segment)
    return range(first + 1, first + _NETS)


def _net_of_each(addresses: Iterable[str]) -> Iterator[_Net]:
    """Yield the net of each address that lives in a segment; what leads nowhere is announced by nobody."""
    for text in addresses:
        address = ip_address(text)
        for place, segment in enumerate(_SEGMENTS):
            whole = _whole(segment, address.version)
            if address in whole:
                prefix = ip_network((address, _PER_SEGMENT[address.version]), strict=False)
                number = (int(prefix.network_address) - int(whole.network_address)) // prefix.num_addresses
                yield _Net(prefix, FIRST_ORIGIN + _NETS * place + number % _NETS, number)


def _whole(segment: Segment, version: int) -> Prefix:
    """Return the prefix of a segment."""
    return segment.ipv4 if version == 4 else segment.ipv6
