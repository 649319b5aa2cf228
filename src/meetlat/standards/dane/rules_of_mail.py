# SPDX-License-Identifier: EUPL-1.2
"""What DANE asks of mail servers (RFC 7672)."""

from collections.abc import Iterator

from meetlat.facts import mail
from meetlat.facts.dns import Security, answer_for
from meetlat.facts.hosts import address_questions, addresses
from meetlat.facts.roles import not_of_role
from meetlat.facts.second_look import awaits_second_look
from meetlat.facts.sent_chain import mail_session, without_chain
from meetlat.facts.tlsa import Published, Tlsa, Usage, tlsa_question, tlsa_records
from meetlat.model.domain import Domain
from meetlat.model.evidence import Evidence, Failure, Need
from meetlat.model.finding import Finding, Status, unanswered
from meetlat.model.norm import Norm
from meetlat.model.target import Role, Target
from meetlat.standards.dane.published import Service, fit_with_chains, fit_with_first, publication, without_records

PUBLISHED = "dane.mail-is-published"
USABLE = "dane.mail-is-usable"
MATCHES = "dane.mail-matches"
ROLLOVER = "dane.mail-is-ready-for-rollover"

_PORT = 25
_USABLE = frozenset({Usage.DANE_TA, Usage.DANE_EE})  # RFC 7672, 3.1.3
# What instead of a handshake shows that the offer of STARTTLS is not kept.
_BROKEN = frozenset({Failure.TLS_CLOSED, Failure.CLOSED, Failure.TLS_NOT_SPOKEN, Failure.MALFORMED, Failure.TOO_LARGE})


def needs(domain: Domain, seen: Evidence) -> Iterator[Need]:
    """Ask for the mail hosts and their TLSA records; and of those that have any, for the certificates sent after STARTTLS."""
    yield from mail.mail_server_needs(domain, seen)
    for host in mail.mx_records(domain, seen).hosts:
        need = tlsa_question(host, _PORT)
        yield need
        if tlsa_records(need, seen).state is Published.SECURE:
            yield from (mail_session(host, address) for address in addresses(host, seen).all if _lists_starttls(host, address, seen))


def _lists_starttls(host: str, address: str, seen: Evidence) -> bool:
    """Whether a mail host said at an address that it offers STARTTLS."""
    told = mail.greeting(mail.session(host, address), seen)
    return told is not None and told.serves and "STARTTLS" in told.extensions


def mail_is_published(target: Target, seen: Evidence, _norm: Norm) -> Iterator[Finding]:
    """RFC 7672, 2.2: each mail host has TLSA records that DNSSEC vouches for."""
    for host in _hosts(PUBLISHED, target, seen):
        yield host if isinstance(host, Finding) else publication(PUBLISHED, host, tlsa_question(host, _PORT), seen)


def mail_is_usable(target: Target, seen: Evidence, _norm: Norm) -> Iterator[Finding]:
    """RFC 7672, 3.1.3: at least one record has a usage that senders can use."""
    for host in _hosts_with_records(USABLE, target, seen):
        yield host if isinstance(host, Finding) else _usability(host, seen)


def _usability(host: str, seen: Evidence) -> Finding:
    """Judge the records of one mail host."""
    need = tlsa_question(host, _PORT)
    arguments = {"host": host, "records": tlsa_records(need, seen).shown}
    if _usable(host, seen):
        return Finding(USABLE, host, Status.SATISFIED, (need,), "", arguments)
    return Finding(USABLE, host, Status.VIOLATED, (need,), "none-usable", arguments)


def mail_matches(target: Target, seen: Evidence, _norm: Norm) -> Iterator[Finding]:
    """RFC 7672, 3.1 and 2.2: at each address a usable record fits the certificates that are sent after STARTTLS."""
    for host in _hosts_with_records(MATCHES, target, seen):
        if isinstance(host, Finding):
            yield host
        elif not _usable(host, seen):
            yield Finding(MATCHES, host, Status.NOT_APPLICABLE, (tlsa_question(host, _PORT),), "none-usable", {"host": host})
        else:
            yield from _matches(mail.mail_host(host, seen), target.domain, seen)


def _matches(host: mail.MailHost, domain: Domain, seen: Evidence) -> Iterator[Finding]:
    """Judge each address of a mail host that has usable records."""
    if (gap := mail.without_host(MATCHES, host, seen)) is not None:
        yield gap
        return
    service = Service(tlsa_question(host.name, _PORT), _usable(host.name, seen), _reference_names(host.name, domain, seen))
    for address in host.addresses.all:
        found = fit_with_chains(MATCHES, service, mail_session(host.name, address), seen)
        yield found or _without_chain(service, host, address, seen)
    if not host.addresses.is_known:
        yield unanswered(MATCHES, host.name, seen, *address_questions(host.name))


def _reference_names(host: str, domain: Domain, seen: Evidence) -> tuple[str, ...]:
    """Return the names that the certificate may carry: the mail host's, and behind a secure MX the domain's (RFC 7672, 3.2.2)."""
    answer = answer_for(domain.name, "MX", seen)
    return (host, domain.name) if answer and answer.security is Security.SECURE else (host,)


def _without_chain(service: Service, host: mail.MailHost, address: str, seen: Evidence) -> Finding:
    """Judge an address from which we have no chain: dead beside a live one, without STARTTLS, or unknown but for its own certificate."""
    need = mail.session(host.name, address)
    arguments = {"host": host.name, "address": address}
    told, serves = mail.greeting(need, seen), mail.serves(host, address, seen)
    if serves is None or awaits_second_look(need, seen):
        return unanswered(MATCHES, address, seen, need)
    if told is None or not serves:
        return Finding(MATCHES, address, Status.NOT_APPLICABLE, (need,), "address-does-not-answer", arguments)
    if "STARTTLS" not in told.extensions or _is_broken(told):
        return Finding(MATCHES, address, Status.VIOLATED, (service.question, need), "no-starttls", arguments)
    if told.starttls_code is not None and told.starttls_code != 220:
        return unanswered(MATCHES, address, seen, need)  # 421 and its like: too busy for us, which says nothing
    first = fit_with_first(MATCHES, service, need, seen)
    return first or without_chain(MATCHES, address, seen, mail_session(host.name, address))


def _is_broken(told: mail.Greeting) -> bool:
    """Whether a server that lists STARTTLS does not keep that promise: 454 or 5xx on the command (RFC 3207, 4), or no handshake."""
    code = told.starttls_code
    if code is not None and code != 220:
        return code == 454 or code >= 500
    ended_by = told.starttls_failure or told.ended_by
    return not told.has_tls and bool(ended_by) and Failure(ended_by) in _BROKEN


def mail_is_ready_for_rollover(target: Target, seen: Evidence, _norm: Norm) -> Iterator[Finding]:
    """RFC 7671, 8.1 and 8.4: beside the record for the certificate of now there is one for the next, or for its issuer."""
    for host in _hosts_with_records(ROLLOVER, target, seen):
        yield host if isinstance(host, Finding) else _readiness(host, seen)


def _readiness(host: str, seen: Evidence) -> Finding:
    """Judge the records of one mail host."""
    need = tlsa_question(host, _PORT)
    usages = [record.usage for record in _usable(host, seen)]
    is_ready = usages.count(Usage.DANE_EE) >= 2 or {Usage.DANE_EE, Usage.DANE_TA} <= set(usages)
    arguments = {"host": host, "records": tlsa_records(need, seen).shown}
    status = Status.SATISFIED if is_ready else Status.VIOLATED
    return Finding(ROLLOVER, host, status, (need,), "" if is_ready else "one-record", arguments)


def _usable(host: str, seen: Evidence) -> tuple[Tlsa, ...]:
    """Return the records of a mail host that senders can use."""
    return tlsa_records(tlsa_question(host, _PORT), seen).of_usages(_USABLE)


def _hosts_with_records(rule: str, target: Target, seen: Evidence) -> Iterator[Finding | str]:
    """Yield each mail host with secure TLSA records, and a finding for all that stands in the way of judging the others."""
    for host in _hosts(rule, target, seen):
        if isinstance(host, Finding):
            yield host
        else:
            yield without_records(rule, host, tlsa_question(host, _PORT), seen) or host


def _hosts(rule: str, target: Target, seen: Evidence) -> Iterator[Finding | str]:
    """Yield the name of each mail host that has an address, and a finding for all that stands in the way of judging the others."""
    if target.role is not Role.MAIL:
        yield not_of_role(rule, target.domain)
        return
    if (gone := mail.without_mail(rule, target.domain, seen)) is not None:
        yield gone
        return
    for host in mail.mx_records(target.domain, seen).hosts:
        known, questions = addresses(host, seen), address_questions(host)
        if known.none_exist:
            yield Finding(rule, host, Status.NOT_APPLICABLE, questions, "mx-host-has-no-address", {"host": host})
        elif not known.all:
            yield unanswered(rule, host, seen, *questions)
        else:
            yield host
