# SPDX-License-Identifier: EUPL-1.2
"""What is asked of HTTPS: it is there on every address that serves the site, plain HTTP leads to it, and it does not lead back."""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from meetlat.facts import redirects, web
from meetlat.facts.hosts import connected
from meetlat.model.evidence import Evidence, Failure, Need
from meetlat.model.finding import Finding, Status, unanswered
from meetlat.model.norm import Norm
from meetlat.model.standard import RuleFunction
from meetlat.model.target import Target

_AVAILABLE = "https.is-available"
_REDIRECTS = "https.redirects-first-to-same-host"
_STAYS = "https.stays-on-https"

# Why there is no TLS session on 443, in the words of the guidance. All of these were seen twice, but for the name that is not known.
_WHY_NOT = {
    Failure.REFUSED: "refused",
    Failure.UNREACHABLE: "refused",
    Failure.CONNECT_TIMEOUT: "silent",
    Failure.TLS_TIMEOUT: "silent",
    Failure.TLS_CLOSED: "closed-in-handshake",
    Failure.TLS_NOT_SPOKEN: "not-tls",
    Failure.TLS_NAME_UNKNOWN: "name-unknown",
}

# Where a first answer on port 80 must not lead to.
_FAULTS = frozenset({"no-redirect", "unreadable-location", "to-http", "other-host-first"})


def needs(target: Target, seen: Evidence) -> Iterable[Need]:
    """The front page over HTTP and HTTPS, at each address."""
    return web.site_needs(target.domain, seen)


def is_available(target: Target, seen: Evidence, _norm: Norm) -> Iterator[Finding]:
    """Besluit beveiligde verbinding, art. 2: the website is secured with HTTPS. Certificate and TLS version are other standards."""
    site = web.site(target.domain, seen)
    for found in web.judged_endpoints(_AVAILABLE, site, seen):
        yield found if isinstance(found, Finding) else _availability(target, found, seen)


def _availability(target: Target, endpoint: web.Endpoint, seen: Evidence) -> Finding:
    """Judge one address that answers."""
    need, address = web.https_root(target.domain, endpoint.address), endpoint.address
    arguments = {"address": address}
    match web.https_is_spoken(endpoint.https):
        case True:
            return Finding(_AVAILABLE, address, Status.SATISFIED, (need,), "", arguments)
        case False:
            return Finding(_AVAILABLE, address, Status.VIOLATED, _without_tls(target, endpoint), _why_not(endpoint), arguments)
        case None:
            return unanswered(_AVAILABLE, address, seen, need)


def _why_not(endpoint: web.Endpoint) -> str:
    """Return the reason why there is no TLS session."""
    failure = endpoint.https.failure if endpoint.https else None
    return _WHY_NOT.get(failure, "not-tls") if failure else "not-tls"


def _without_tls(target: Target, endpoint: web.Endpoint) -> tuple[Need, ...]:
    """Return what the absence of HTTPS rests on: port 443, and port 80 where only that one shows that the address answers at all."""
    https = web.https_root(target.domain, endpoint.address)
    return (https,) if connected(endpoint.https) else (https, web.http_root(target.domain, endpoint.address))


def redirects_first_to_same_host(target: Target, seen: Evidence, norm: Norm) -> Iterator[Finding]:
    """Besluit beveiligde verbinding, art. 2, b: a visitor is first brought to HTTPS on the visited name, and only then elsewhere."""
    for found in _endpoints_with_https(_REDIRECTS, target, seen):
        yield found if isinstance(found, Finding) else _first_redirect(target, found, seen, norm)


def _endpoints_with_https(rule: str, target: Target, seen: Evidence) -> Iterator[Finding | web.Endpoint]:
    """Yield each address that does TLS, and a finding for every other."""
    for found in web.judged_endpoints(rule, web.site(target.domain, seen), seen):
        if isinstance(found, Finding):
            yield found
            continue
        address = found.address
        match web.https_is_spoken(found.https):
            case True:
                yield found
            case False:
                yield Finding(rule, address, Status.NOT_APPLICABLE, _without_tls(target, found), "no-https", {"address": address})
            case None:
                yield unanswered(rule, address, seen, web.https_root(target.domain, address))


def _first_redirect(target: Target, endpoint: web.Endpoint, seen: Evidence, norm: Norm) -> Finding:
    """Judge the first answer on port 80 of an address that does TLS."""
    address = endpoint.address
    # Whether this rule applies rests on 443.
    rests_on = (web.http_root(target.domain, address), web.https_root(target.domain, address))
    response = web.response(rests_on[0], seen)
    if response is None:
        if connected(endpoint.http) is False:
            return Finding(_REDIRECTS, address, Status.SATISFIED, rests_on, "http-closed", {"address": address})
        return unanswered(_REDIRECTS, address, seen, *rests_on)
    if response.is_refusal_of_us:
        return unanswered(_REDIRECTS, address, seen, rests_on[0])
    reason = _redirect_reason(target, response, norm)
    status = Status.VIOLATED if reason in _FAULTS else Status.SATISFIED
    arguments = {"address": address, "location": (response.redirect or "")[:200], "status": str(response.status)}
    return Finding(_REDIRECTS, address, status, rests_on, reason, arguments)


def _redirect_reason(target: Target, response: web.Response, norm: Norm) -> str:
    """Say where the first answer on port 80 leads to; empty when it is https on the same host."""
    if response.redirect is None:
        return "no-redirect"
    to = redirects.destination(f"http://{target.domain}/", response)
    if to is None:
        return "unreadable-location"
    if not to.is_secure:
        return "to-http"
    if to.host == target.domain.name:
        return ""
    # Before 2023 the parent was good enough: it can set HSTS for its subdomains.
    is_parent = target.domain.name.endswith(f".{to.host}")
    return "to-parent" if is_parent and norm.parameters["first_redirect_may_go_to_parent"] is True else "other-host-first"


def stays_on_https(target: Target, seen: Evidence, _norm: Norm) -> Iterator[Finding]:
    """Besluit beveiligde verbinding, art. 2: who visits over HTTPS is not sent back to plain HTTP."""
    for found in _endpoints_with_https(_STAYS, target, seen):
        yield found if isinstance(found, Finding) else _stay(target, found.address, seen)


def _stay(target: Target, address: str, seen: Evidence) -> Finding:
    """Judge the first answer on 443 of one address."""
    need = web.https_root(target.domain, address)
    response = web.response(need, seen)
    if response is None or response.is_refusal_of_us:
        return unanswered(_STAYS, address, seen, need)
    to = redirects.destination(need.subject, response) if response.redirect is not None else None
    leaves = to is not None and not to.is_secure
    arguments = {"address": address, "location": (response.redirect or "")[:200]}
    return Finding(_STAYS, address, Status.VIOLATED if leaves else Status.SATISFIED, (need,), "to-http" if leaves else "", arguments)


RULES: Mapping[str, RuleFunction] = MappingProxyType(
    {
        _AVAILABLE: is_available,
        _REDIRECTS: redirects_first_to_same_host,
        _STAYS: stays_on_https,
    }
)
