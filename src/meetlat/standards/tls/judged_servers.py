# SPDX-License-Identifier: EUPL-1.2
"""The TLS servers of a target, each address by itself, and what stands in the way of judging one."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from meetlat.facts import mail, web
from meetlat.facts.roles import not_of_role
from meetlat.facts.second_look import awaits_second_look
from meetlat.facts.sent_chain import mail_session, web_session
from meetlat.facts.tls_hellos import Talk, talk
from meetlat.model.evidence import Cause, Evidence, Failure, Need, derived
from meetlat.model.finding import Finding, Status, unanswered
from meetlat.model.target import Role, Target

OFFERED = "tls.is-offered"

# What instead of a handshake shows that an offer of STARTTLS is not kept.
_BROKEN = frozenset({Failure.TLS_CLOSED, Failure.CLOSED, Failure.TLS_NOT_SPOKEN, Failure.MALFORMED, Failure.TOO_LARGE})


@dataclass(frozen=True, slots=True)
class Server:
    """One address with which TLS was spoken: the name that was asked for, the need, and all that is known."""

    name: str
    address: str
    need: Need
    talk: Talk

    def finding(self, rule: str, status: Status, reason: str = "", **arguments: str) -> Finding:
        """Make a finding on this server."""
        return Finding(rule, self.address, status, (self.need,), reason, {"host": self.name, "address": self.address, **arguments})

    def unknown(self, rule: str, reason: str = "not-established") -> Finding:
        """Make the finding for what could not be established; whose doing it is, is in the evidence."""
        cause = Cause.OURS if self.talk.stopped_by == "our-limit" else Cause.THEIRS
        arguments = {"host": self.name, "address": self.address}
        return Finding(rule, self.address, Status.UNDETERMINED, (self.need,), reason, arguments, cause)


def judged(
    rule: str, target: Target, seen: Evidence, judge: Callable[[Server], Finding | None], role: Role | None = None
) -> Iterator[Finding]:
    """Judge every server of the target; for a rule of the other role, or without servers, say that instead."""
    if role is not None and target.role is not role:
        yield not_of_role(rule, target.domain)
        return
    # Two dozen rules ask for the same servers; only the one on TLS itself says something else of an address without.
    servers = _servers(rule, target, seen) if rule == OFFERED else _servers_of_others(target, seen)
    for found in servers:
        if isinstance(found, Finding):
            yield replace(found, rule=rule)
        elif (finding := judge(found)) is not None:
            yield finding


@derived
def _servers_of_others(target: Target, seen: Evidence) -> tuple[Finding | Server, ...]:
    """Return the servers and the findings for every rule but that on TLS itself; the name of the rule is filled in later."""
    return tuple(_servers("", target, seen))


def _servers(rule: str, target: Target, seen: Evidence) -> Iterator[Finding | Server]:
    """Yield each server with which TLS was spoken, and a finding for each that it was not."""
    if target.role is Role.WEB:
        for endpoint in web.judged_endpoints(rule, web.site(target.domain, seen), seen):
            yield endpoint if isinstance(endpoint, Finding) else _web_server(rule, target, endpoint, seen)
        return
    for host in mail.judged_hosts(rule, target.domain, seen):
        if isinstance(host, Finding):
            yield host
        else:
            yield from (_mail_server(rule, host, address, seen) for address in host.addresses.all)


def _web_server(rule: str, target: Target, endpoint: web.Endpoint, seen: Evidence) -> Finding | Server:
    """Look at port 443 of one address of a site."""
    need = web_session(target.domain, endpoint.address)
    known = talk(need, seen)
    if known is not None:
        return Server(target.domain.name, endpoint.address, need, known)
    https = web.https_root(target.domain, endpoint.address)
    if web.https_is_spoken(endpoint.https) is False:
        return _without_tls(rule, target.domain.name, endpoint.address, https)
    return unanswered(rule, endpoint.address, seen, *((need,) if need in seen else (https,)))


def _mail_server(rule: str, host: mail.MailHost, address: str, seen: Evidence) -> Finding | Server:
    """Look at port 25 of one address of a mail host that serves at some address."""
    session, need = mail.session(host.name, address), mail_session(host.name, address)
    told, serves = mail.greeting(session, seen), mail.serves(host, address, seen)
    known = talk(need, seen)
    if known is not None:
        return Server(host.name, address, need, known)
    if serves is None or awaits_second_look(session, seen):
        return unanswered(rule, address, seen, session)
    if told is None or not serves:
        arguments = {"host": host.name, "address": address}
        return Finding(rule, address, Status.NOT_APPLICABLE, (session,), "address-does-not-answer", arguments)
    if "STARTTLS" not in told.extensions or _keeps_no_promise(told):
        return _without_tls(rule, host.name, address, session)
    return unanswered(rule, address, seen, *((need,) if need in seen else (session,)))


def _keeps_no_promise(told: mail.Greeting) -> bool:
    """Whether a server that lists STARTTLS refuses it for good, or answers with something that is no TLS."""
    code = told.starttls_code
    if code is not None and code != 220:
        return code == 454 or not 400 <= code < 500
    ended_by = told.starttls_failure or told.ended_by
    return not told.has_tls and bool(ended_by) and Failure(ended_by) in _BROKEN


def _without_tls(rule: str, name: str, address: str, need: Need) -> Finding:
    """Make the finding for an address without TLS: that is the fault of one rule, and leaves the others nothing to judge."""
    arguments = {"host": name, "address": address}
    if rule == OFFERED:
        return Finding(rule, address, Status.VIOLATED, (need,), "no-tls", arguments)
    return Finding(rule, address, Status.NOT_APPLICABLE, (need,), "no-tls", arguments)
