# SPDX-License-Identifier: EUPL-1.2
"""What IPv6 asks of the name servers of the zone, for a website and a mail domain alike."""

from collections.abc import Iterator

from meetlat.facts.name_servers import Zone, answers, direct_question, ipv6_addresses, ipv6_question, zone_of
from meetlat.model.evidence import Cause, Evidence, Need
from meetlat.model.finding import Finding, Status, unanswered
from meetlat.model.norm import Norm
from meetlat.model.target import Target

TWO_HAVE_ADDRESS = "ipv6.two-name-servers-have-address"
ANSWER = "ipv6.name-servers-answer"


def two_name_servers_have_address(target: Target, seen: Evidence, norm: Norm) -> Iterator[Finding]:
    """IV-meting, IPv6 name servers: at least two name servers of the zone have an IPv6 address."""
    domain, zone = target.domain.name, zone_of(target.domain, seen)
    if (gone := _without_zone(TWO_HAVE_ADDRESS, domain, zone, seen)) is not None:
        yield gone
        return
    known = {server: ipv6_addresses(server, seen) for server in zone.servers}
    having = [server for server, addresses in known.items() if addresses]
    unknown = [server for server, addresses in known.items() if addresses is None]
    least = norm.number("min_name_servers")
    arguments = {"zone": zone.name, "count": str(len(having)), "least": str(least), "servers": ", ".join(having)}
    if len(having) >= least:
        yield Finding(TWO_HAVE_ADDRESS, domain, Status.SATISFIED, _questions(zone, having), "", arguments)
    elif unknown:
        yield unanswered(TWO_HAVE_ADDRESS, domain, seen, *_questions(zone, unknown))
    else:
        reason = "too-few" if having else "none"
        yield Finding(TWO_HAVE_ADDRESS, domain, Status.VIOLATED, _questions(zone, zone.servers), reason, arguments)


def name_servers_answer(target: Target, seen: Evidence, _norm: Norm) -> Iterator[Finding]:
    """IV-meting, IPv6 name servers: each IPv6 address of each name server gives a DNS answer, whatever it says."""
    zone = zone_of(target.domain, seen)
    if (gone := _without_zone(ANSWER, target.domain.name, zone, seen)) is not None:
        yield gone
        return
    known = {server: ipv6_addresses(server, seen) for server in zone.servers}
    if not any(addresses is None or addresses for addresses in known.values()):
        needs = _questions(zone, zone.servers)
        yield Finding(ANSWER, target.domain.name, Status.NOT_APPLICABLE, needs, "no-ipv6-name-server", {"zone": zone.name})
    for server, addresses in known.items():
        if addresses is None:
            yield unanswered(ANSWER, server, seen, ipv6_question(server))
        for address in addresses or ():
            yield _answer(server, address, direct_question(address, zone), seen)


def _answer(server: str, address: str, need: Need, seen: Evidence) -> Finding:
    """Judge one address of a name server."""
    answered = answers(need, seen)
    arguments = {"server": server, "address": address}
    if answered is None:
        return unanswered(ANSWER, address, seen, need)
    if answered:
        return Finding(ANSWER, address, Status.SATISFIED, (need,), "", arguments)
    return Finding(ANSWER, address, Status.VIOLATED, (need,), "no-answer", arguments)


def _without_zone(rule: str, domain: str, zone: Zone, seen: Evidence) -> Finding | None:
    """Make the finding for a zone that is unknown, or that no NS record leads to; None when there are name servers.

    A domain that exists is served by somebody, so NS records that nobody shows are a riddle, not a count of zero.
    """
    if not zone.is_known:
        return unanswered(rule, domain, seen, *zone.questions)
    if not zone.servers:
        return Finding(rule, domain, Status.UNDETERMINED, zone.questions, "no-name-servers", {"domain": domain}, Cause.THEIRS)
    return None


def _questions(zone: Zone, servers: list[str] | tuple[str, ...]) -> tuple[Need, ...]:
    """Return the questions that led to the zone, and those for the addresses of some of its servers."""
    return (*zone.questions, *(ipv6_question(server) for server in servers))
