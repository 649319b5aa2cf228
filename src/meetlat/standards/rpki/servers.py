# SPDX-License-Identifier: EUPL-1.2
"""The servers whose routes are judged, address by address: of the website, of mail, and the name servers of both."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from meetlat.facts import mail
from meetlat.facts.hosts import address_questions, addresses
from meetlat.facts.name_servers import zone_of
from meetlat.facts.roles import not_of_role
from meetlat.facts.routes import routing_need
from meetlat.model.domain import Domain
from meetlat.model.evidence import Cause, Evidence, Need
from meetlat.model.finding import Finding, Status, unanswered
from meetlat.model.target import Role, Target

# The zones of ten MX hosts could have a hundred and thirty name servers; the usual is four.
MAX_MX_NAME_SERVERS = 20


@dataclass(frozen=True, slots=True)
class Server:
    """One address of a host."""

    host: str
    address: str


Found = Finding | Server
Servers = Callable[[str, Target, Evidence], Iterator[Found]]


def needs(target: Target, seen: Evidence) -> Iterator[Need]:
    """Ask for the addresses of every server of a target; and once an address is known, for its routes."""
    yield from _zone_needs(target.domain, seen)
    match target.role:
        case Role.WEB:
            yield from _host_needs(target.domain.name, seen)
        case Role.MAIL:
            yield mail.mx_question(target.domain)
            hosts = mail.mx_records(target.domain, seen).hosts
            for host in hosts:
                yield from _host_needs(host, seen)
                yield from zone_of(Domain(host), seen).questions
            for server in _mx_name_servers(hosts, seen):
                yield from _host_needs(server, seen)


def _zone_needs(name: Domain, seen: Evidence) -> Iterator[Need]:
    """Ask for the name servers of a zone, and what of each is needed."""
    zone = zone_of(name, seen)
    yield from zone.questions
    for server in zone.servers:
        yield from _host_needs(server, seen)


def _host_needs(host: str, seen: Evidence) -> Iterator[Need]:
    """Ask for the addresses of a host, and the routes to each."""
    yield from address_questions(host)
    yield from (routing_need(address) for address in addresses(host, seen).all)


def of_web(rule: str, target: Target, seen: Evidence) -> Iterator[Found]:
    """Yield each address of the website, and a finding for all that stands in the way of judging the others."""
    if target.role is not Role.WEB:
        yield not_of_role(rule, target.domain)
        return
    yield from _of_host(rule, target.domain.name, "no-web-server", seen)


def of_mail(rule: str, target: Target, seen: Evidence) -> Iterator[Found]:
    """Yield each address of each MX host, and a finding for all that stands in the way of judging the others."""
    if (gone := _without_mail(rule, target, seen)) is not None:
        yield gone
        return
    for host in mail.mx_records(target.domain, seen).hosts:
        yield from _of_host(rule, host, "mx-host-has-no-address", seen)


def of_name_servers(rule: str, target: Target, seen: Evidence) -> Iterator[Found]:
    """Yield each address of each name server of the zone that the domain lives in, and a finding for all that stands in the way."""
    gap = _without_zone(rule, target.domain, (), seen)
    if gap is not None:
        yield gap
    for server in zone_of(target.domain, seen).servers:
        yield from _of_host(rule, server, "name-server-has-no-address", seen)


def of_mx_name_servers(rule: str, target: Target, seen: Evidence) -> Iterator[Found]:
    """Yield each address of each name server of the zones that the MX hosts live in, and a finding for all that stands in the way."""
    if (gone := _without_mail(rule, target, seen)) is not None:
        yield gone
        return
    hosts = mail.mx_records(target.domain, seen).hosts
    gaps = (_without_zone(rule, Domain(host), (mail.mx_question(target.domain),), seen) for host in hosts)
    yield from (gap for gap in gaps if gap is not None)
    for server in _mx_name_servers(hosts, seen):
        yield from _of_host(rule, server, "name-server-has-no-address", seen)


def _mx_name_servers(hosts: tuple[str, ...], seen: Evidence) -> tuple[str, ...]:
    """Return the name servers of the zones of mail hosts, each once."""
    each = dict.fromkeys(server for host in hosts for server in zone_of(Domain(host), seen).servers)
    return tuple(each)[:MAX_MX_NAME_SERVERS]


def _of_host(rule: str, host: str, nothing: str, seen: Evidence) -> Iterator[Found]:
    """Yield each address of a host; ``nothing`` is the reason when it has none at all."""
    known, questions = addresses(host, seen), address_questions(host)
    if known.none_exist:
        yield Finding(rule, host, Status.NOT_APPLICABLE, questions, nothing, {"host": host})
    yield from (Server(host, address) for address in known.all)
    if not known.is_known:
        yield unanswered(rule, host, seen, *questions)


def _without_zone(rule: str, name: Domain, led_here: tuple[Need, ...], seen: Evidence) -> Finding | None:
    """Make the finding for a name whose zone is unknown, or that no NS record leads to; None when there are name servers."""
    zone = zone_of(name, seen)
    if not zone.is_known:
        return unanswered(rule, name.name, seen, *zone.questions)
    if not zone.servers:
        needs = (*led_here, *zone.questions)
        return Finding(rule, name.name, Status.UNDETERMINED, needs, "no-name-servers", {"domain": name.name}, Cause.THEIRS)
    return None


def _without_mail(rule: str, target: Target, seen: Evidence) -> Finding | None:
    """Make the finding for another role, or a domain without mail servers; None when there are some."""
    if target.role is not Role.MAIL:
        return not_of_role(rule, target.domain)
    return mail.without_mail(rule, target.domain, seen)
