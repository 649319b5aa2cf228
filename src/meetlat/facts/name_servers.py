# SPDX-License-Identifier: EUPL-1.2
"""The name servers of the zone that a name lives in, their IPv6 addresses, and whether each answers."""

from collections.abc import Iterator
from dataclasses import dataclass

from meetlat.facts.dns import question, read
from meetlat.facts.hosts import ipv6_of
from meetlat.model.domain import Domain
from meetlat.model.evidence import Cause, Evidence, Need, derived

# As many as the root zone has; a zone with more is looked at on the first, by name.
MAX_NAME_SERVERS = 13


@dataclass(frozen=True, slots=True)
class Zone:
    """The zone of a name and its name servers, as far as the NS records tell.

    ``questions`` are the NS questions that led here. ``is_known`` is False when one of them has no answer; when it is True and ``name``
    is empty, no name up to the top-level domain has NS records of its own.
    """

    name: str
    servers: tuple[str, ...]
    questions: tuple[Need, ...]
    is_known: bool


@derived
def zone_of(domain: Domain, seen: Evidence) -> Zone:
    """Read the zone of a name: the nearest name, from itself upwards, that owns NS records (RFC 1034, 4.2.1).

    An alias (CNAME) shows the NS records of another name; only those that the asked name owns count. The climb stops below the
    top-level domain, whose name servers are not the holder's.
    """
    asked: list[Need] = []
    for name in _upwards(domain):
        need = question(name, "NS")
        asked.append(need)
        answer = read(need, seen)
        if answer is None:
            return Zone("", (), tuple(asked), is_known=False)
        hosts = {record.data.rstrip(".").lower() for record in answer.records if record.type == "NS" and record.owner == name}
        if hosts - {""}:
            return Zone(name, tuple(sorted(hosts - {""})[:MAX_NAME_SERVERS]), tuple(asked), is_known=True)
    return Zone("", (), tuple(asked), is_known=True)


def _upwards(domain: Domain) -> Iterator[str]:
    """Yield the name, its parent and so on, without the top-level domain."""
    name: Domain | None = domain
    while name is not None and "." in name.name:
        yield name.name
        name = name.parent()


def ipv6_question(server: str) -> Need:
    """Return the question for the IPv6 addresses of a name server."""
    return question(server, "AAAA")


def ipv6_addresses(server: str, seen: Evidence) -> tuple[str, ...] | None:
    """Return the IPv6 addresses of a name server, at most three, or None when that question has no answer."""
    answer = read(ipv6_question(server), seen)
    return None if answer is None else ipv6_of(answer)


def direct_question(address: str, zone: Zone) -> Need:
    """Return the need that asks one address of a name server for its zone."""
    return Need("name_server", address, zone.name)


def answers(need: Need, seen: Evidence) -> bool | None:
    """Whether a name server gave any DNS answer, REFUSED too; None when that could not be established."""
    observation = seen.get(need)
    if observation is None:
        return None
    if observation.failure is None:
        return True
    return False if observation.is_confirmed and observation.failure.cause is not Cause.OURS else None


def name_server_needs(domain: Domain, seen: Evidence) -> Iterator[Need]:
    """Ask for the NS records of the name and upwards, then the IPv6 addresses of each server, then each address itself."""
    zone = zone_of(domain, seen)
    yield from zone.questions
    for server in zone.servers:
        yield ipv6_question(server)
        for address in ipv6_addresses(server, seen) or ():
            yield direct_question(address, zone)
