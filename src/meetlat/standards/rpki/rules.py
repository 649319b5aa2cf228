# SPDX-License-Identifier: EUPL-1.2
"""What RPKI asks: the holder of the addresses has published who may announce them, and only those do.

Two rules per part: whether it was published (covered), and whether the routes keep to it (valid).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from types import MappingProxyType

from meetlat.facts.dns import existence
from meetlat.facts.routes import Routing, Validity, routing, routing_need
from meetlat.model.evidence import Cause, Evidence, Failure, Need
from meetlat.model.finding import Finding, Status, unanswered
from meetlat.model.norm import Norm
from meetlat.model.standard import RuleFunction
from meetlat.model.target import Target
from meetlat.standards.rpki import servers
from meetlat.standards.rpki.servers import Server

_WEB_COVERED, _WEB_VALID = "rpki.web-is-covered", "rpki.web-is-valid"
_MAIL_COVERED, _MAIL_VALID = "rpki.mail-is-covered", "rpki.mail-is-valid"
_NS_COVERED, _NS_VALID = "rpki.nameserver-is-covered", "rpki.nameserver-is-valid"
_MX_NS_COVERED, _MX_NS_VALID = "rpki.mx-nameserver-is-covered", "rpki.mx-nameserver-is-valid"

_MOST_SHOWN = 5

_Judge = Callable[[str, Server, Routing], Finding]


def needs(target: Target, seen: Evidence) -> Iterable[Need]:
    """The addresses of the servers and their name servers, and how each is routed."""
    yield existence(target.domain)
    yield from servers.needs(target, seen)


def web_is_covered(target: Target, seen: Evidence, norm: Norm) -> Iterator[Finding]:
    """RFC 6811, 2: a VRP covers every route to the website."""
    return _each(_WEB_COVERED, servers.of_web(_WEB_COVERED, target, seen), _coverage, seen, norm)


def web_is_valid(target: Target, seen: Evidence, norm: Norm) -> Iterator[Finding]:
    """RFC 6811, 2: every route to the website that a VRP covers is matched by one."""
    return _each(_WEB_VALID, servers.of_web(_WEB_VALID, target, seen), _validity, seen, norm)


def nameserver_is_covered(target: Target, seen: Evidence, norm: Norm) -> Iterator[Finding]:
    """RFC 6811, 2: a VRP covers every route to the name servers of the domain."""
    return _each(_NS_COVERED, servers.of_name_servers(_NS_COVERED, target, seen), _coverage, seen, norm)


def nameserver_is_valid(target: Target, seen: Evidence, norm: Norm) -> Iterator[Finding]:
    """RFC 6811, 2: every route to the name servers of the domain that a VRP covers is matched by one."""
    return _each(_NS_VALID, servers.of_name_servers(_NS_VALID, target, seen), _validity, seen, norm)


def mail_is_covered(target: Target, seen: Evidence, norm: Norm) -> Iterator[Finding]:
    """RFC 6811, 2: a VRP covers every route to the mail servers."""
    return _each(_MAIL_COVERED, servers.of_mail(_MAIL_COVERED, target, seen), _coverage, seen, norm)


def mail_is_valid(target: Target, seen: Evidence, norm: Norm) -> Iterator[Finding]:
    """RFC 6811, 2: every route to the mail servers that a VRP covers is matched by one."""
    return _each(_MAIL_VALID, servers.of_mail(_MAIL_VALID, target, seen), _validity, seen, norm)


def mx_nameserver_is_covered(target: Target, seen: Evidence, norm: Norm) -> Iterator[Finding]:
    """RFC 6811, 2: a VRP covers every route to the name servers of the zones of the mail servers."""
    return _each(_MX_NS_COVERED, servers.of_mx_name_servers(_MX_NS_COVERED, target, seen), _coverage, seen, norm)


def mx_nameserver_is_valid(target: Target, seen: Evidence, norm: Norm) -> Iterator[Finding]:
    """RFC 6811, 2: every route to the name servers of the zones of the mail servers that a VRP covers is matched by one."""
    return _each(_MX_NS_VALID, servers.of_mx_name_servers(_MX_NS_VALID, target, seen), _validity, seen, norm)


def _each(rule: str, found: Iterable[servers.Found], judge: _Judge, seen: Evidence, norm: Norm) -> Iterator[Finding]:
    """Judge each address of the servers that were found."""
    for one in found:
        if isinstance(one, Finding):
            yield one
            continue
        told = _known(rule, one, seen, norm)
        yield told if isinstance(told, Finding) else judge(rule, one, told)


def _known(rule: str, server: Server, seen: Evidence, norm: Norm) -> Finding | Routing:
    """Return how an address is routed; or the finding that says that it is not, or that we cannot tell."""
    need = routing_need(server.address)
    observation, told = seen.get(need), routing(need, seen)
    if observation is None or told is None:
        return _without_source(rule, server, seen)
    arguments = {"host": server.host, "address": server.address}
    if observation.at - told.oldest.at > timedelta(hours=norm.number("max_source_age_hours")):
        age = {"source": told.oldest.name, "at": f"{told.oldest.at:%Y-%m-%d %H:%M} UTC", "hours": str(norm.number("max_source_age_hours"))}
        return Finding(rule, server.address, Status.UNDETERMINED, (need,), "source-too-old", {**arguments, **age}, Cause.OURS)
    if not told.routes:
        return Finding(rule, server.address, Status.NOT_APPLICABLE, (need,), "not-routed", arguments)
    return told


def _without_source(rule: str, server: Server, seen: Evidence) -> Finding:
    """Make the finding for an address whose routes we do not know: through a passing fault, or for want of a source to ask."""
    need = routing_need(server.address)
    observation = seen.get(need)
    if observation is None or observation.failure is not Failure.NOT_ASKED:
        return unanswered(rule, server.address, seen, need)
    arguments = {"host": server.host, "address": server.address, "detail": observation.detail}
    return Finding(rule, server.address, Status.UNDETERMINED, (need,), "no-source", arguments, Cause.OURS)


def _coverage(rule: str, server: Server, told: Routing) -> Finding:
    """Judge whether some VRP covers every route to an address."""
    is_bare = any(found is Validity.NOT_FOUND for _, found in told.routes)
    return _finding(rule, server, told, Validity.NOT_FOUND if is_bare else None)


def _validity(rule: str, server: Server, told: Routing) -> Finding:
    """Judge whether every route to an address is valid; one that no VRP covers is for the other rule."""
    outcomes = {found for _, found in told.routes}
    worst = next((found for found in (Validity.OTHER_ORIGIN, Validity.TOO_SPECIFIC, Validity.NOT_FOUND) if found in outcomes), None)
    if worst is Validity.NOT_FOUND and told.is_exact:
        arguments = {"host": server.host, "address": server.address}
        return Finding(rule, server.address, Status.NOT_APPLICABLE, (routing_need(server.address),), worst.value, arguments)
    return _finding(rule, server, told, worst)


def _finding(rule: str, server: Server, told: Routing, fault: Validity | None) -> Finding:
    """Make the finding: without a fault satisfied, with one violated; or unknown, where no more is known than who uses the address."""
    need = routing_need(server.address)
    routes = ", ".join(str(route) for route, found in told.routes[:_MOST_SHOWN] if fault in {None, found})
    arguments = {"host": server.host, "address": server.address, "routes": routes}
    if fault is None:
        return Finding(rule, server.address, Status.SATISFIED, (need,), "", arguments)
    if not told.is_exact:
        more = {"source": told.routes_from.name}
        return Finding(rule, server.address, Status.UNDETERMINED, (need,), "routes-are-ranges", {**arguments, **more}, Cause.OURS)
    vrps = ", ".join(str(vrp) for vrp in told.vrps[:_MOST_SHOWN])
    return Finding(rule, server.address, Status.VIOLATED, (need,), fault.value, {**arguments, "vrps": vrps})


RULES: Mapping[str, RuleFunction] = MappingProxyType(
    {
        _WEB_COVERED: web_is_covered,
        _WEB_VALID: web_is_valid,
        _NS_COVERED: nameserver_is_covered,
        _NS_VALID: nameserver_is_valid,
        _MAIL_COVERED: mail_is_covered,
        _MAIL_VALID: mail_is_valid,
        _MX_NS_COVERED: mx_nameserver_is_covered,
        _MX_NS_VALID: mx_nameserver_is_valid,
    }
)
