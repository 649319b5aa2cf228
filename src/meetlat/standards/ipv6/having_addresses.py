# SPDX-License-Identifier: EUPL-1.2
"""Whether a host has an IPv6 address: the same question for a website and for a mail server."""

from collections.abc import Mapping

from meetlat.facts.dns import read
from meetlat.facts.hosts import address_questions, addresses
from meetlat.model.evidence import Evidence
from meetlat.model.finding import Finding, Status, unanswered


def has_address(rule: str, host: str, no_host: str, seen: Evidence) -> Finding:
    """Judge whether a host has an IPv6 address beside IPv4; ``no_host`` is the reason when it has no address at all."""
    ipv4_need, ipv6_need = address_questions(host)
    arguments = {"host": host}
    if addresses(host, seen).ipv6:
        return Finding(rule, host, Status.SATISFIED, (ipv6_need,), "", arguments)
    ipv4, ipv6 = read(ipv4_need, seen), read(ipv6_need, seen)
    if ipv4 is None or ipv6 is None:
        return unanswered(rule, host, seen, ipv4_need, ipv6_need)
    if not addresses(host, seen).ipv4:
        return _no_host(rule, host, no_host, arguments)
    reason = "ipv4-mapped" if ipv6.values("AAAA") else "only-ipv4"
    return Finding(rule, host, Status.VIOLATED, (ipv4_need, ipv6_need), reason, arguments)


def without_ipv6(rule: str, host: str, no_host: str, seen: Evidence) -> Finding | None:
    """Make the finding for a rule about the IPv6 addresses of a host when there are none, or they are unknown; None when there are some."""
    _, ipv6_need = address_questions(host)
    known = addresses(host, seen)
    if known.ipv6:
        return None
    if read(ipv6_need, seen) is None:
        return unanswered(rule, host, seen, ipv6_need)
    if known.none_exist:
        return _no_host(rule, host, no_host, {"host": host})
    return Finding(rule, host, Status.NOT_APPLICABLE, (ipv6_need,), "no-ipv6-address", {"host": host})


def _no_host(rule: str, host: str, reason: str, arguments: Mapping[str, str]) -> Finding:
    """Make the finding for a host without any address."""
    return Finding(rule, host, Status.NOT_APPLICABLE, address_questions(host), reason, arguments)
