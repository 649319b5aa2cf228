# SPDX-License-Identifier: EUPL-1.2
"""What security.txt asks: a file at a fixed place, plain text, that can be read, names a contact and has not expired."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType

from meetlat.facts import redirects, security_txt, web
from meetlat.facts.hosts import address_questions, connected
from meetlat.facts.redirects import End, Journey
from meetlat.facts.security_txt import SecurityTxt
from meetlat.model.domain import Domain
from meetlat.model.evidence import Cause, Evidence, Failure, Need
from meetlat.model.finding import Finding, Status, unanswered
from meetlat.model.norm import Norm
from meetlat.model.standard import RuleFunction
from meetlat.model.target import Target

_SERVED = "security_txt.is-served"
_PLAIN = "security_txt.is-plain-text"
_WELL_FORMED = "security_txt.is-well-formed"
_CONTACT = "security_txt.has-contact"
_EXPIRES = "security_txt.has-one-expires"
_NOT_EXPIRED = "security_txt.is-not-expired"
_WITHIN_A_YEAR = "security_txt.expires-within-a-year"
_SIGNED = "security_txt.is-signed"


def needs(target: Target, seen: Evidence) -> Iterator[Need]:
    """The front page, to find an address that does TLS; there the file, through its redirects; if it is not there, the old place."""
    yield from web.site_needs(target.domain, seen)
    address = _serving_address(web.site(target.domain, seen))
    if address is None:
        return
    file = _journey(target.domain, address, seen)
    yield from file.needs
    if _is_elsewhere(file):
        yield from _old_journey(target.domain, address, seen).needs


def _serving_address(site: web.Site) -> str | None:
    """Return the first address that does TLS, IPv6 first."""
    return next((endpoint.address for endpoint in site.endpoints if web.https_is_spoken(endpoint.https)), None)


def _journey(domain: Domain, address: str, seen: Evidence) -> Journey:
    """Go to the file at its place (RFC 9116, 3)."""
    return redirects.follow(f"https://{domain}/.well-known/security.txt", address, seen)


def _old_journey(domain: Domain, address: str, seen: Evidence) -> Journey:
    """Go to the place that drafts of the standard used."""
    return redirects.follow(f"https://{domain}/security.txt", address, seen)


def _is_elsewhere(file: Journey) -> bool:
    """Whether the server clearly said that there is no file at its place, so that it is worth looking at the old place."""
    return file.response is not None and file.response.status != 200 and not file.response.is_refusal_of_us


def is_served(target: Target, seen: Evidence, _norm: Norm) -> Iterator[Finding]:
    """RFC 9116, 3: the file stands at /.well-known/security.txt, over https."""
    site = web.site(target.domain, seen)
    if (gone := web.without_site(_SERVED, site, seen)) is not None:
        yield gone
        return
    gaps = list(_gaps(site, seen))
    yield from gaps
    address = _serving_address(site)
    if address is not None:
        yield _at_address(target.domain, address, seen)
    elif not gaps:
        needs_ = (*address_questions(target.domain.name), *(need for endpoint in site.endpoints for need in _without_tls(site, endpoint)))
        yield Finding(_SERVED, target.domain.name, Status.VIOLATED, needs_, "no-https")


def _gaps(site: web.Site, seen: Evidence) -> Iterator[Finding]:
    """Yield a finding for what is not known of the addresses that would be asked before the one that is."""
    domain = site.domain
    if not site.addresses.is_known:
        yield unanswered(_SERVED, domain.name, seen, *address_questions(domain.name))
    chosen = _serving_address(site)
    for endpoint in site.endpoints:
        if endpoint.address == chosen:
            return
        if web.https_is_spoken(endpoint.https) is None:
            yield unanswered(_SERVED, domain.name, seen, web.https_root(domain, endpoint.address))
        elif chosen is None and endpoint.answers is None:
            yield unanswered(_SERVED, domain.name, seen, web.http_root(domain, endpoint.address))


def _without_tls(site: web.Site, endpoint: web.Endpoint) -> tuple[Need, ...]:
    """Return what the absence of HTTPS at an address rests on: port 443, and port 80 where only that one can show that it answers."""
    https = web.https_root(site.domain, endpoint.address)
    return (https,) if connected(endpoint.https) else (https, web.http_root(site.domain, endpoint.address))


def _at_address(domain: Domain, address: str, seen: Evidence) -> Finding:
    """Judge what one address serves."""
    file = _journey(domain, address, seen)
    if file.end is End.UNKNOWN or (file.response is not None and file.response.is_refusal_of_us):
        return unanswered(_SERVED, domain.name, seen, *file.needs)
    arguments = {"url": file.url[:200], "status": str(file.response.status) if file.response else ""}
    if file.response is None:
        return Finding(_SERVED, domain.name, Status.VIOLATED, file.needs, file.end.value, arguments)
    if file.response.status == 200:
        return Finding(_SERVED, domain.name, Status.SATISFIED, file.needs, "", arguments)
    old = _old_journey(domain, address, seen)
    if old.response is not None and old.response.status == 200 and not security_txt.looks_like_a_web_page(old.response.body):
        return Finding(_SERVED, domain.name, Status.VIOLATED, (*file.needs, *old.needs), "old-place", arguments)
    return Finding(_SERVED, domain.name, Status.VIOLATED, file.needs, "absent", arguments)


@dataclass(frozen=True, slots=True)
class _File:
    """A file that is served, and when it was."""

    subject: str
    needs: tuple[Need, ...]
    response: web.Response
    at: datetime

    def finding(self, rule: str, reason: str = "", arguments: Mapping[str, str] | None = None) -> Finding:
        """Make a finding about this file: violated when there is a reason, else satisfied."""
        status = Status.VIOLATED if reason else Status.SATISFIED
        return Finding(rule, self.subject, status, self.needs, reason, arguments or {})

    def without(self, rule: str, reason: str) -> Finding:
        """Make the finding for a rule that has nothing to judge here."""
        return Finding(rule, self.subject, Status.NOT_APPLICABLE, self.needs, reason)


def _files(rule: str, target: Target, seen: Evidence, norm: Norm) -> Iterator[Finding | _File]:
    """Yield the file that is served, and for what else is found of its serving the finding that follows for this rule."""
    address = _serving_address(web.site(target.domain, seen))
    for finding in is_served(target, seen, norm):
        if finding.status is Status.VIOLATED:
            yield Finding(rule, finding.subject, Status.NOT_APPLICABLE, finding.needs, "not-served")
        elif finding.status is Status.SATISFIED and address is not None:
            file = _journey(target.domain, address, seen)
            if file.response is not None and file.at is not None:
                yield _File(finding.subject, file.needs, file.response, file.at)
        else:
            yield replace(finding, rule=rule)


def is_plain_text(target: Target, seen: Evidence, norm: Norm) -> Iterator[Finding]:
    """RFC 9116, 3: the Content-Type is text/plain, with the charset absent or utf-8."""
    for found in _files(_PLAIN, target, seen, norm):
        yield found if isinstance(found, Finding) else _type(found)


def _type(file: _File) -> Finding:
    """Judge the type of the file."""
    types = file.response.header("content-type")
    return file.finding(_PLAIN, _type_fault(file.response.body, types), {"type": ", ".join(types)[:200]})


def _type_fault(body: str, types: tuple[str, ...]) -> str:
    """Say what is wrong with the type of the file; empty when nothing is."""
    if security_txt.looks_like_a_web_page(body):
        return "web-page"
    if not types:
        return "no-type"
    media, *parameters = (part.strip().lower() for part in types[0].split(";"))
    if media != "text/plain":
        return "wrong-type"
    charsets = {value.strip().strip('"') for name, _, value in (part.partition("=") for part in parameters) if name.strip() == "charset"}
    return "" if charsets <= {"utf-8"} else "wrong-charset"


def _documents(rule: str, target: Target, seen: Evidence, norm: Norm) -> Iterator[Finding | tuple[_File, SecurityTxt]]:
    """Yield the file with what was read in it; a web page or a file that is not whole gives a finding instead."""
    for found in _files(rule, target, seen, norm):
        if isinstance(found, Finding):
            yield found
        elif security_txt.looks_like_a_web_page(found.response.body):
            yield found.without(rule, "web-page")
        elif not found.response.is_whole:
            # What is missing could hold a second Expires, or the only Contact.
            is_large = found.response.body_bytes > security_txt.MAX_CHARACTERS
            reason = Failure.TOO_LARGE.value if is_large else "incomplete"
            arguments = {"need": str(found.needs[-1]), "detail": ""}
            yield Finding(rule, found.subject, Status.UNDETERMINED, found.needs, reason, arguments, Cause.THEIRS)
        else:
            yield found, security_txt.parse(found.response.body)


def is_well_formed(target: Target, seen: Evidence, norm: Norm) -> Iterator[Finding]:
    """RFC 9116, 4: every line is a field, a comment or blank; links are https; Preferred-Languages stands there once at most."""
    for found in _documents(_WELL_FORMED, target, seen, norm):
        yield found if isinstance(found, Finding) else _form(*found)


def _form(file: _File, document: SecurityTxt) -> Finding:
    """Judge the writing of the file by its first fault."""
    if not document.faults:
        return file.finding(_WELL_FORMED)
    first = document.faults[0]
    arguments = {"line": str(first.line), "text": first.text[:120], "count": str(len(document.faults))}
    return file.finding(_WELL_FORMED, first.fault.value, arguments)


def has_contact(target: Target, seen: Evidence, norm: Norm) -> Iterator[Finding]:
    """RFC 9116, 2.5.3: there is a Contact."""
    for found in _documents(_CONTACT, target, seen, norm):
        yield found if isinstance(found, Finding) else _contact(*found)


def _contact(file: _File, document: SecurityTxt) -> Finding:
    """Look for a Contact that says something."""
    contact = next((value for value in document.values("contact") if value), "")
    return file.finding(_CONTACT, "" if contact else "none", {"contact": contact[:120]})


def has_one_expires(target: Target, seen: Evidence, norm: Norm) -> Iterator[Finding]:
    """RFC 9116, 2.5.5: there is exactly one Expires, written as in RFC 3339."""
    for found in _documents(_EXPIRES, target, seen, norm):
        yield found if isinstance(found, Finding) else _expires(*found)


def _expires(file: _File, document: SecurityTxt) -> Finding:
    """Judge that there is one moment, not yet which."""
    values = document.values("expires")
    return file.finding(_EXPIRES, _expires_fault(values), {"expires": ", ".join(values)[:120], "count": str(len(values))})


def _expires_fault(values: tuple[str, ...]) -> str:
    """Say what is wrong with Expires; empty when nothing is."""
    if not values:
        return "none"
    if len(values) > 1:
        return "several"
    return "" if security_txt.read_time(values[0]) else "unreadable"


def is_not_expired(target: Target, seen: Evidence, norm: Norm) -> Iterator[Finding]:
    """RFC 9116, 2.5.5: the moment of Expires has not come yet when the file is fetched."""
    for found in _dated(_NOT_EXPIRED, target, seen, norm):
        yield found if isinstance(found, Finding) else _not_expired(*found)


def _not_expired(file: _File, expires: datetime) -> Finding:
    """Compare with the moment of fetching; at the moment of Expires itself the file has expired."""
    return file.finding(_NOT_EXPIRED, "" if expires > file.at else "expired", _moments(file, expires))


def expires_within_a_year(target: Target, seen: Evidence, norm: Norm) -> Iterator[Finding]:
    """RFC 9116, 2.5.5: Expires is less than a year ahead, so that the file is looked at again in time."""
    year = timedelta(days=norm.number("days_in_a_year"))
    for found in _dated(_WITHIN_A_YEAR, target, seen, norm):
        yield found if isinstance(found, Finding) else _within(*found, year)


def _within(file: _File, expires: datetime, year: timedelta) -> Finding:
    """Compare with the moment of fetching."""
    return file.finding(_WITHIN_A_YEAR, "" if expires - file.at < year else "far-ahead", _moments(file, expires))


def _dated(rule: str, target: Target, seen: Evidence, norm: Norm) -> Iterator[Finding | tuple[_File, datetime]]:
    """Yield the file with the moment at which it expires; without exactly one readable moment there is nothing to compare."""
    for found in _documents(rule, target, seen, norm):
        if isinstance(found, Finding):
            yield found
            continue
        file, document = found
        values = document.values("expires")
        expires = security_txt.read_time(values[0]) if len(values) == 1 else None
        yield file.without(rule, "no-expires") if expires is None else (file, expires)


def _moments(file: _File, expires: datetime) -> Mapping[str, str]:
    """Return the two moments that are compared, for the sentence."""
    return {"expires": expires.isoformat(timespec="seconds"), "at": file.at.isoformat(timespec="seconds")}


def is_signed(target: Target, seen: Evidence, norm: Norm) -> Iterator[Finding]:
    """RFC 9116, 2.3: the file carries an OpenPGP cleartext signature; whether it is genuine is not looked at."""
    for found in _documents(_SIGNED, target, seen, norm):
        yield found if isinstance(found, Finding) else _signature(*found)


def _signature(file: _File, document: SecurityTxt) -> Finding:
    """Look for the envelope."""
    return file.finding(_SIGNED, "" if document.is_signed else "unsigned")


RULES: Mapping[str, RuleFunction] = MappingProxyType(
    {
        _SERVED: is_served,
        _PLAIN: is_plain_text,
        _WELL_FORMED: is_well_formed,
        _CONTACT: has_contact,
        _EXPIRES: has_one_expires,
        _NOT_EXPIRED: is_not_expired,
        _WITHIN_A_YEAR: expires_within_a_year,
        _SIGNED: is_signed,
    }
)
