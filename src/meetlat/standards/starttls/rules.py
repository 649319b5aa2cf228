# SPDX-License-Identifier: EUPL-1.2
"""What STARTTLS asks: every mail host offers TLS to the server that brings mail, and keeps that promise."""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from meetlat.facts import mail
from meetlat.facts.dns import existence
from meetlat.facts.second_look import awaits_second_look
from meetlat.model.evidence import Cause, Evidence, Failure, Need
from meetlat.model.finding import Finding, Status, unanswered
from meetlat.model.norm import Norm
from meetlat.model.standard import RuleFunction
from meetlat.model.target import Target

_OFFERED = "starttls.is-offered"
_NULL_ALONE = "starttls.null-mx-stands-alone"

# What instead of a handshake shows that the offer is not kept. An alert shows TLS, though not with us; silence shows nothing.
_BROKEN = {
    Failure.TLS_CLOSED: "closed",
    Failure.CLOSED: "closed",
    Failure.TLS_NOT_SPOKEN: "not-tls",
    Failure.MALFORMED: "not-tls",
    Failure.TOO_LARGE: "not-tls",
}
_ALERTS = (Failure.TLS_ALERT, Failure.TLS_NAME_UNKNOWN)


def needs(target: Target, seen: Evidence) -> Iterable[Need]:
    """One SMTP session with each address of each mail host."""
    yield existence(target.domain)
    yield from mail.mail_server_needs(target.domain, seen)


def is_offered(target: Target, seen: Evidence, _norm: Norm) -> Iterator[Finding]:
    """RFC 3207, 4: the server lists STARTTLS, answers the command with 220, and a TLS session comes about."""
    for found in mail.judged_hosts(_OFFERED, target.domain, seen):
        if isinstance(found, Finding):
            yield found
        else:
            yield from (_offer(found, address, seen) for address in found.addresses.all)


def _offer(host: mail.MailHost, address: str, seen: Evidence) -> Finding:
    """Judge one address of a mail host that serves at some address."""
    need = mail.session(host.name, address)
    arguments = {"host": host.name, "address": address}
    told = mail.greeting(need, seen)
    serves = mail.serves(host, address, seen)
    if serves is None or awaits_second_look(need, seen):
        return unanswered(_OFFERED, address, seen, need)
    if told is None or not serves:
        return Finding(_OFFERED, address, Status.NOT_APPLICABLE, (need,), "address-does-not-answer", arguments)
    if told.has_tls:
        return Finding(_OFFERED, address, Status.SATISFIED, (need,), "", arguments)
    if "STARTTLS" not in told.extensions:
        return Finding(_OFFERED, address, Status.VIOLATED, (need,), "not-listed", arguments)
    return _broken_promise(need, told, address, arguments, seen)


def _broken_promise(need: Need, told: mail.Greeting, address: str, arguments: Mapping[str, str], seen: Evidence) -> Finding:
    """Judge a server that lists STARTTLS and with which no TLS session came about, twice."""
    code = told.starttls_code
    if code is not None and code != 220:
        if 400 <= code < 500 and code != 454:
            # 421 and its like: the server does not serve us now, which says nothing of TLS. 454 is "TLS not available" (RFC 3207, 4).
            return unanswered(_OFFERED, address, seen, need)
        return Finding(_OFFERED, address, Status.VIOLATED, (need,), "refused", {**arguments, "code": str(code)})
    ended_by = told.starttls_failure or told.ended_by
    if not ended_by:
        return unanswered(_OFFERED, address, seen, need)
    failure = Failure(ended_by)
    if failure in _BROKEN:
        return Finding(_OFFERED, address, Status.VIOLATED, (need,), _BROKEN[failure], arguments)
    cause = Cause.OURS if failure in _ALERTS else failure.cause
    return Finding(_OFFERED, address, Status.UNDETERMINED, (need,), failure.value, {**arguments, "need": str(need), "detail": ""}, cause)


def null_mx_stands_alone(target: Target, seen: Evidence, _norm: Norm) -> Iterator[Finding]:
    """RFC 7505, 3: a domain that says with a null MX that it takes no mail has no other MX record."""
    need, domain = mail.mx_question(target.domain), target.domain.name
    records = mail.mx_records(target.domain, seen)
    match records.state:
        case mail.MxState.UNKNOWN:
            yield unanswered(_NULL_ALONE, domain, seen, need)
        case mail.MxState.NULL:
            yield Finding(_NULL_ALONE, domain, Status.SATISFIED, (need,))
        case mail.MxState.HOSTS if records.has_null_beside:
            yield Finding(_NULL_ALONE, domain, Status.VIOLATED, (need,), "others-beside", {"hosts": ", ".join(records.hosts)})
        case mail.MxState.HOSTS | mail.MxState.NONE:
            yield Finding(_NULL_ALONE, domain, Status.NOT_APPLICABLE, (need,), "no-null-mx")


RULES: Mapping[str, RuleFunction] = MappingProxyType({_OFFERED: is_offered, _NULL_ALONE: null_mx_stands_alone})
