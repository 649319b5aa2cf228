# SPDX-License-Identifier: EUPL-1.2
"""What HSTS asks: a well-formed header with a long enough lifetime on every address that serves the site."""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from meetlat.facts import hsts, web
from meetlat.model.evidence import Evidence, Need
from meetlat.model.finding import Finding, Status, unanswered
from meetlat.model.norm import Norm
from meetlat.model.standard import RuleFunction
from meetlat.model.target import Target

_PRESENT = "hsts.header-is-present"
_WELL_FORMED = "hsts.header-is-well-formed"
_LONG_ENOUGH = "hsts.max-age-is-long-enough"


def needs(target: Target, seen: Evidence) -> Iterable[Need]:
    """The site's front page over HTTPS, at each address."""
    return web.site_needs(target.domain, seen)


def header_is_present(target: Target, seen: Evidence, _norm: Norm) -> Iterator[Finding]:
    """RFC 6797, 7.1: the answer over HTTPS carries a Strict-Transport-Security header."""
    site = web.site(target.domain, seen)
    for found in web.judged_endpoints(_PRESENT, site, seen):
        yield found if isinstance(found, Finding) else _presence(target, found, seen)


def _presence(target: Target, endpoint: web.Endpoint, seen: Evidence) -> Finding:
    """Judge one address that answers."""
    need, address = web.https_root(target.domain, endpoint.address), endpoint.address
    arguments = {"address": address}
    response = web.response(need, seen)
    if response is not None:
        if response.header("strict-transport-security"):
            return Finding(_PRESENT, address, Status.SATISFIED, (need,), "", arguments)
        if response.is_refusal_of_us:
            return unanswered(_PRESENT, address, seen, need)
        return Finding(_PRESENT, address, Status.VIOLATED, (need,), "absent", arguments)
    if web.https_is_spoken(endpoint.https) is False:
        return Finding(_PRESENT, address, Status.VIOLATED, (need,), "no-https", arguments)
    return unanswered(_PRESENT, address, seen, need)


def header_is_well_formed(target: Target, seen: Evidence, _norm: Norm) -> Iterator[Finding]:
    """RFC 6797, 6.1 and 8.1: the first header field follows the grammar."""
    for need, address, value in _first_headers(target, seen):
        good = hsts.parse(value) is not None
        arguments = {"address": address, "header": value[:200]}
        status = Status.SATISFIED if good else Status.VIOLATED
        yield Finding(_WELL_FORMED, address, status, (need,), "" if good else "malformed", arguments)


def max_age_is_long_enough(target: Target, seen: Evidence, norm: Norm) -> Iterator[Finding]:
    """RFC 6797, 6.1.1, and Internet.nl: the lifetime is at least what the norm asks."""
    least = norm.number("min_max_age_seconds")
    for need, address, value in _first_headers(target, seen):
        header = hsts.parse(value)
        if header is None:
            continue
        good = header.max_age_seconds >= least
        arguments = {"address": address, "seconds": str(header.max_age_seconds), "least": str(least)}
        yield Finding(_LONG_ENOUGH, address, Status.SATISFIED if good else Status.VIOLATED, (need,), "" if good else "short", arguments)


def _first_headers(target: Target, seen: Evidence) -> Iterator[tuple[Need, str, str]]:
    """Yield the first header of each address that sends one; RFC 6797, 8.1: only the first counts."""
    for endpoint in web.site(target.domain, seen).endpoints:
        need = web.https_root(target.domain, endpoint.address)
        response = web.response(need, seen)
        values = response.header("strict-transport-security") if response else ()
        if values:
            yield need, endpoint.address, values[0]


RULES: Mapping[str, RuleFunction] = MappingProxyType(
    {
        _PRESENT: header_is_present,
        _WELL_FORMED: header_is_well_formed,
        _LONG_ENOUGH: max_age_is_long_enough,
    }
)
