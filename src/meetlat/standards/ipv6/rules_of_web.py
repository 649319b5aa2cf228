# SPDX-License-Identifier: EUPL-1.2
"""What IPv6 asks of a website: an address, that answers, and is the same site as over IPv4."""

from collections.abc import Callable, Iterator

from meetlat.facts import web
from meetlat.facts.hosts import address_questions, connected
from meetlat.facts.likeness import likeness_percent
from meetlat.facts.roles import not_of_role
from meetlat.facts.second_look import awaits_second_look
from meetlat.model.domain import Domain
from meetlat.model.evidence import Cause, Evidence, Need
from meetlat.model.finding import Finding, Status, unanswered
from meetlat.model.norm import Norm
from meetlat.model.target import Role, Target
from meetlat.standards.ipv6.having_addresses import has_address, without_ipv6

HAS_ADDRESS = "ipv6.web-has-address"
REACHABLE = "ipv6.web-is-reachable"
SAME_SERVICE = "ipv6.web-same-service"
SAME_CONTENT = "ipv6.web-same-content"

_NO_HOST = "no-web-server"
_CLOSED = "closed"
_NO_ANSWER = "no-answer"


def web_has_address(target: Target, seen: Evidence, _norm: Norm) -> Iterator[Finding]:
    """Streefbeeldafspraak IPv6 (OBDO, 8 April 2020): the website has an IPv6 address beside IPv4."""
    if target.role is Role.WEB:
        yield has_address(HAS_ADDRESS, target.domain.name, _NO_HOST, seen)
    else:
        yield not_of_role(HAS_ADDRESS, target.domain)


def web_is_reachable(target: Target, seen: Evidence, _norm: Norm) -> Iterator[Finding]:
    """Streefbeeldafspraak IPv6 (OBDO, 8 April 2020): each IPv6 address accepts connections on port 80 or 443."""
    here = web.site(target.domain, seen)
    if (gone := _without_site(REACHABLE, target, here, seen)) is not None:
        yield gone
        return
    for endpoint in here.endpoints:
        if _is_ipv6(endpoint):
            yield _reachability(here, endpoint, seen)


def _reachability(here: web.Site, endpoint: web.Endpoint, seen: Evidence) -> Finding:
    """Judge one IPv6 address of a site that answers at some address."""
    address, both = endpoint.address, _both_ports(here.domain, endpoint)
    opened = tuple(need for need in both if connected(seen.get(need)))
    if opened:
        return Finding(REACHABLE, address, Status.SATISFIED, opened, "", {"address": address})
    if endpoint.answers is None:
        return unanswered(REACHABLE, address, seen, *both)
    others = (need for other in here.endpoints for need in _both_ports(here.domain, other) if connected(seen.get(need)))
    witness = next(others)
    return Finding(REACHABLE, address, Status.VIOLATED, (*both, witness), "no-connection", {"address": address, "other": witness.detail})


def web_same_service(target: Target, seen: Evidence, _norm: Norm) -> Iterator[Finding]:
    """IV-meting, IPv6 web server: the same ports are open, and / gives the same status, as over IPv4."""
    return _each_pair(SAME_SERVICE, target, seen, lambda six, four: _service(target.domain, six, four, seen))


def _service(domain: Domain, six: web.Endpoint, four: web.Endpoint, seen: Evidence) -> Finding:
    """Judge one IPv6 address beside an IPv4 address: a difference that is sure counts, whatever is unsure on the other port."""
    pairs = tuple(zip(_both_ports(domain, six), _both_ports(domain, four), strict=True))
    for pair in pairs:
        one, other = (_outcome(need, seen) for need in pair)
        if one is not None and other is not None and one != other:
            return _difference(six, four, pair, one, other)
    everything = tuple(need for pair in pairs for need in pair)
    outcomes = {need: _outcome(need, seen) for need in everything}
    unsure = tuple(need for need, outcome in outcomes.items() if outcome is None)
    if unsure or set(outcomes.values()) <= {_CLOSED, _NO_ANSWER}:
        return unanswered(SAME_SERVICE, six.address, seen, *(unsure or everything))
    return Finding(SAME_SERVICE, six.address, Status.SATISFIED, everything, "", {"ipv6": six.address, "ipv4": four.address})


def _difference(six: web.Endpoint, four: web.Endpoint, pair: tuple[Need, Need], one: str, other: str) -> Finding:
    """Say how the answers on one port differ."""
    port = "443" if pair[0].subject.startswith("https:") else "80"
    if one.isdigit() and other.isdigit():
        arguments = {"port": port, "ipv6": six.address, "ipv4": four.address, "ipv6_status": one, "ipv4_status": other}
        return Finding(SAME_SERVICE, six.address, Status.VIOLATED, pair, "status-differs", arguments)
    (_, bad), (_, good) = sorted([(_came_to(one), six.address), (_came_to(other), four.address)])
    reason = "ports-differ" if _CLOSED in {one, other} else "answers-differ"
    return Finding(SAME_SERVICE, six.address, Status.VIOLATED, pair, reason, {"port": port, "good": good, "bad": bad})


def _came_to(outcome: str) -> int:
    """Return how far a port came, for comparing: closed, silent, answered."""
    return {_CLOSED: 0, _NO_ANSWER: 1}.get(outcome, 2)


def _outcome(need: Need, seen: Evidence) -> str | None:
    """Return what a port came to: closed, connected without an answer, or the status; None when that could not be established."""
    observation = seen.get(need)
    opened = connected(observation)
    if observation is None or opened is None or (opened and awaits_second_look(need, seen)):
        return None
    if not opened:
        return _CLOSED
    if observation.failure is not None:
        return None if observation.failure.cause is Cause.OURS else _NO_ANSWER
    response = web.response(need, seen)
    return str(response.status) if response and not response.is_refusal_of_us else None


def web_same_content(target: Target, seen: Evidence, norm: Norm) -> Iterator[Finding]:
    """IV-meting, IPv6 web server: the page over IPv6 is alike to the page over IPv4.

    Alike: of all runs of three words that stand on either page, at least ``min_alike_percent`` stand on both. Compared over https when
    both addresses give an answer there, else over http; redirects are compared as they are, not followed.
    """
    least = norm.number("min_alike_percent")
    return _each_pair(SAME_CONTENT, target, seen, lambda six, four: _content(target.domain, six, four, least, seen))


def _content(domain: Domain, six: web.Endpoint, four: web.Endpoint, least: int, seen: Evidence) -> Finding:
    """Judge the page at one IPv6 address beside that at an IPv4 address."""
    pairs = tuple(zip(_both_ports(domain, six), _both_ports(domain, four), strict=True))
    for pair in reversed(pairs):
        one, other = (_page(need, seen) for need in pair)
        if one is None or other is None or one.is_whole != other.is_whole:
            continue
        percent = likeness_percent(one.body, other.body)
        good = percent >= least
        arguments = {"ipv6": six.address, "ipv4": four.address, "percent": str(percent), "least": str(least)}
        return Finding(SAME_CONTENT, six.address, Status.SATISFIED if good else Status.VIOLATED, pair, "" if good else "unlike", arguments)
    return unanswered(SAME_CONTENT, six.address, seen, *(need for pair in pairs for need in pair))


def _page(need: Need, seen: Evidence) -> web.Response | None:
    """Read a page that tells something of the site."""
    response = web.response(need, seen)
    return None if response is None or response.is_refusal_of_us else response


def _each_pair(rule: str, target: Target, seen: Evidence, judge: Callable[[web.Endpoint, web.Endpoint], Finding]) -> Iterator[Finding]:
    """Judge each IPv6 address that answers beside the first IPv4 address that does, or say what stands in the way."""
    here = web.site(target.domain, seen)
    four = _without_site(rule, target, here, seen) or _first_ipv4(rule, here, seen)
    if isinstance(four, Finding):
        yield four
        return
    for six in here.endpoints:
        if _is_ipv6(six):
            yield judge(six, four) if six.answers else _silent(rule, here, six, seen)


def _without_site(rule: str, target: Target, here: web.Site, seen: Evidence) -> Finding | None:
    """Make the finding when there is no IPv6 to judge: another role, no address, no IPv6 address, nothing that answers; else None."""
    if target.role is not Role.WEB:
        return not_of_role(rule, target.domain)
    return without_ipv6(rule, target.domain.name, _NO_HOST, seen) or web.without_site(rule, here, seen)


def _first_ipv4(rule: str, here: web.Site, seen: Evidence) -> web.Endpoint | Finding:
    """Return the IPv4 address to compare with, the first that answers; or the finding that says why there is none."""
    question, _ = address_questions(here.domain.name)
    domain = here.domain.name
    if not here.addresses.is_known:
        return unanswered(rule, domain, seen, question)
    if not here.addresses.ipv4:
        return Finding(rule, domain, Status.NOT_APPLICABLE, (question,), "no-ipv4-address", {"host": domain})
    endpoints = [endpoint for endpoint in here.endpoints if not _is_ipv6(endpoint)]
    for endpoint in endpoints:
        if endpoint.answers is None:
            return unanswered(rule, endpoint.address, seen, *_both_ports(here.domain, endpoint))
        if endpoint.answers:
            return endpoint
    needs = tuple(need for endpoint in endpoints for need in _both_ports(here.domain, endpoint))
    return Finding(rule, domain, Status.NOT_APPLICABLE, needs, "ipv4-does-not-answer", {"host": domain})


def _silent(rule: str, here: web.Site, six: web.Endpoint, seen: Evidence) -> Finding:
    """Make the finding for an IPv6 address that does not answer, or of which that is unknown."""
    both = _both_ports(here.domain, six)
    if six.answers is None:
        return unanswered(rule, six.address, seen, *both)
    return Finding(rule, six.address, Status.NOT_APPLICABLE, both, "ipv6-does-not-answer", {"address": six.address})


def _both_ports(domain: Domain, endpoint: web.Endpoint) -> tuple[Need, Need]:
    """Return the needs for / on port 80 and on 443 of an address."""
    return web.http_root(domain, endpoint.address), web.https_root(domain, endpoint.address)


def _is_ipv6(endpoint: web.Endpoint) -> bool:
    """Whether an address is IPv6."""
    return ":" in endpoint.address
