# SPDX-License-Identifier: EUPL-1.2
"""What is asked of the headers by which a site tells browsers what to refuse, on the front page at every address."""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from meetlat.facts import csp, response_headers, web
from meetlat.facts.front_page import FrontPage, front_pages
from meetlat.model.evidence import Cause, Evidence, Failure, Need
from meetlat.model.finding import Finding, Status
from meetlat.model.norm import Norm
from meetlat.model.standard import RuleFunction
from meetlat.model.target import Target
from meetlat.standards.security_headers import csp_demands

_PRESENT = "security_headers.csp-is-present"
_RESTRICTIVE = "security_headers.csp-is-restrictive"
_NOSNIFF = "security_headers.x-content-type-options-is-nosniff"
_FRAMING = "security_headers.framing-is-limited"
_REFERRER = "security_headers.referrer-policy-is-strict"

_CSP = "content-security-policy"
_SHOWN = 200  # characters of a header in a sentence


def needs(target: Target, seen: Evidence) -> Iterable[Need]:
    """The front page over HTTPS, at each address."""
    return web.site_needs(target.domain, seen)


def csp_is_present(target: Target, seen: Evidence, _norm: Norm) -> Iterator[Finding]:
    """W3C CSP 3, 3.1: the answer carries a Content-Security-Policy that is kept, not one that is only reported on."""
    for found in front_pages(_PRESENT, target.domain, seen):
        yield found if isinstance(found, Finding) else _presence(found)


def _presence(page: FrontPage) -> Finding:
    """Look for a policy with at least one directive."""
    values = page.response.header(_CSP)
    if csp.parse(values):
        return page.satisfied(_PRESENT)
    if values:
        return page.violated(_PRESENT, "empty")
    return page.violated(_PRESENT, "report-only" if page.response.header(f"{_CSP}-report-only") else "absent")


def csp_is_restrictive(target: Target, seen: Evidence, norm: Norm) -> Iterator[Finding]:
    """W3C CSP 3, 6 and 7: the policies together stop script that an attacker brings in; a finding for each thing left open."""
    for found in front_pages(_RESTRICTIVE, target.domain, seen):
        if isinstance(found, Finding):
            yield found
        else:
            yield from _restriction(found, norm.words("required_directives"))


def _restriction(page: FrontPage, required: tuple[str, ...]) -> Iterator[Finding]:
    """Judge all policies of a page together."""
    values = page.response.header(_CSP)
    policies = csp.parse(values)
    if not policies:
        yield Finding(_RESTRICTIVE, page.address, Status.NOT_APPLICABLE, (page.need,), "no-policy", {"address": page.address})
        return
    if response_headers.may_be_cut(values):
        yield _cut(_RESTRICTIVE, page)
        return
    left_open = csp_demands.faults(policies, required)
    for fault in left_open:
        yield page.violated(_RESTRICTIVE, fault.reason, directive=fault.directive, source=fault.source)
    if not left_open:
        yield page.satisfied(_RESTRICTIVE)


def _cut(rule: str, page: FrontPage) -> Finding:
    """Make the finding for a header of which the end was not kept: what it says cannot be known."""
    arguments = {"need": str(page.need), "detail": f"Content-Security-Policy: {response_headers.KEPT_CHARACTERS}"}
    return Finding(rule, page.address, Status.UNDETERMINED, (page.need,), Failure.OUR_LIMIT.value, arguments, Cause.OURS)


def x_content_type_options_is_nosniff(target: Target, seen: Evidence, _norm: Norm) -> Iterator[Finding]:
    """WHATWG Fetch, X-Content-Type-Options: the first value is nosniff."""
    for found in front_pages(_NOSNIFF, target.domain, seen):
        yield found if isinstance(found, Finding) else _sniffing(found)


def _sniffing(page: FrontPage) -> Finding:
    """Judge whether browsers may guess at types."""
    values = page.response.header("x-content-type-options")
    if response_headers.is_nosniff(values):
        return page.satisfied(_NOSNIFF)
    return page.violated(_NOSNIFF, "other" if values else "absent", value=", ".join(values)[:_SHOWN])


def framing_is_limited(target: Target, seen: Evidence, _norm: Norm) -> Iterator[Finding]:
    """RFC 7034; W3C CSP 3, 6.4.2: not every site may show the page in a frame of its own."""
    for found in front_pages(_FRAMING, target.domain, seen):
        yield found if isinstance(found, Finding) else _framing(found)


def _framing(page: FrontPage) -> Finding:
    """Judge frame-ancestors; without it X-Frame-Options, which browsers pass over when frame-ancestors is there (CSP 3, 6.4.2.2)."""
    policies, options = page.response.header(_CSP), page.response.header("x-frame-options")
    ancestors = [found for policy in csp.parse(policies) if (found := policy.effective("frame-ancestors")) is not None]
    if response_headers.may_be_cut(policies):
        return _cut(_FRAMING, page)
    if ancestors:
        written = " ".join(source.text for source in ancestors[0].sources)[:_SHOWN]
        is_open = all(any(source.is_anybody for source in found.sources) for found in ancestors)
        return page.violated(_FRAMING, "open-ancestors", value=written) if is_open else page.satisfied(_FRAMING, "by-ancestors")
    value = ", ".join(options)[:_SHOWN]
    if response_headers.limits_framing(options):
        return page.satisfied(_FRAMING, "", value=value)
    return page.violated(_FRAMING, "other" if options else "absent", value=value)


def referrer_policy_is_strict(target: Target, seen: Evidence, norm: Norm) -> Iterator[Finding]:
    """W3C Referrer Policy, 3 and 8.1: other sites are not told which page a visitor comes from, and an unprotected one nothing at all."""
    strict = norm.words("strict_referrer_policies")
    for found in front_pages(_REFERRER, target.domain, seen):
        yield found if isinstance(found, Finding) else _referrer(found, strict)


def _referrer(page: FrontPage, strict: tuple[str, ...]) -> Finding:
    """Judge the policy that a browser applies; without one that it knows it applies its own, which is strict."""
    policy = response_headers.referrer_policy(page.response.header("referrer-policy"))
    if not policy:
        return page.satisfied(_REFERRER, "default")
    if policy in strict:
        return page.satisfied(_REFERRER, "", policy=policy)
    return page.violated(_REFERRER, "lax", policy=policy)


RULES: Mapping[str, RuleFunction] = MappingProxyType(
    {
        _PRESENT: csp_is_present,
        _RESTRICTIVE: csp_is_restrictive,
        _NOSNIFF: x_content_type_options_is_nosniff,
        _FRAMING: framing_is_limited,
        _REFERRER: referrer_policy_is_strict,
    }
)
