# SPDX-License-Identifier: EUPL-1.2
"""What IPv6 asks of the mail servers of a domain: each has an address, and each address answers."""

from collections.abc import Iterator

from meetlat.facts import mail
from meetlat.facts.roles import not_of_role
from meetlat.model.evidence import Evidence
from meetlat.model.finding import Finding, Status, unanswered
from meetlat.model.norm import Norm
from meetlat.model.target import Role, Target
from meetlat.standards.ipv6.having_addresses import has_address, without_ipv6

HAS_ADDRESS = "ipv6.mail-has-address"
REACHABLE = "ipv6.mail-is-reachable"

_NO_HOST = "mx-host-has-no-address"


def mail_has_address(target: Target, seen: Evidence, _norm: Norm) -> Iterator[Finding]:
    """Streefbeeldafspraak IPv6 (OBDO, 8 April 2020): each mail server has an IPv6 address beside IPv4."""
    if (gone := _without_mail(HAS_ADDRESS, target, seen)) is not None:
        yield gone
        return
    for host in mail.mx_records(target.domain, seen).hosts:
        yield has_address(HAS_ADDRESS, host, _NO_HOST, seen)


def mail_is_reachable(target: Target, seen: Evidence, _norm: Norm) -> Iterator[Finding]:
    """Streefbeeldafspraak IPv6 (OBDO, 8 April 2020): each IPv6 address of each mail server accepts connections on port 25."""
    if (gone := _without_mail(REACHABLE, target, seen)) is not None:
        yield gone
        return
    for name in mail.mx_records(target.domain, seen).hosts:
        host = mail.mail_host(name, seen)
        gap = without_ipv6(REACHABLE, name, _NO_HOST, seen) or mail.without_host(REACHABLE, host, seen)
        if gap is not None:
            yield gap
        else:
            yield from (_reachability(host, address, seen) for address in host.addresses.ipv6)


def _reachability(host: mail.MailHost, address: str, seen: Evidence) -> Finding:
    """Judge one IPv6 address of a mail host that serves at some address."""
    need = mail.session(host.name, address)
    arguments = {"host": host.name, "address": address}
    accepted = mail.accepts(host, address, seen)
    if accepted is None:
        return unanswered(REACHABLE, address, seen, need)
    if accepted:
        return Finding(REACHABLE, address, Status.SATISFIED, (need,), "", arguments)
    other = next(other for other in host.addresses.all if mail.serves(host, other, seen))
    needs = (need, mail.session(host.name, other))
    return Finding(REACHABLE, address, Status.VIOLATED, needs, "no-connection", {**arguments, "other": other})


def _without_mail(rule: str, target: Target, seen: Evidence) -> Finding | None:
    """Make the finding for another role, or a domain without mail servers; None when there are some."""
    if target.role is not Role.MAIL:
        return not_of_role(rule, target.domain)
    return mail.without_mail(rule, target.domain, seen)
