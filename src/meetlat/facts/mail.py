# SPDX-License-Identifier: EUPL-1.2
"""The mail servers behind a domain: its MX hosts, their addresses, and how each greeted us."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import cast

from meetlat.facts.dns import answer_for, question
from meetlat.facts.hosts import Addresses, address_questions, addresses, connected
from meetlat.model.domain import Domain
from meetlat.model.evidence import Cause, Evidence, Need, Observation, derived
from meetlat.model.finding import Finding, Status, unanswered

# Internet.nl looks at ten; a sender tries the lowest preference first, so the first ten by preference are kept.
MAX_MX_HOSTS = 10


class MxState(Enum):
    """What the MX records say of receiving mail."""

    UNKNOWN = "unknown"
    NONE = "no-mx"
    NULL = "null-mx"
    HOSTS = "hosts"


@dataclass(frozen=True, slots=True)
class MxRecords:
    """The MX records of a domain. ``has_null_beside`` tells of a null MX among real ones (RFC 7505, 3 forbids it)."""

    state: MxState
    hosts: tuple[str, ...] = ()
    has_null_beside: bool = False


def mx_question(domain: Domain) -> Need:
    """Return the question for the MX records of a domain."""
    return question(domain.name, "MX")


@derived
def mx_records(domain: Domain, seen: Evidence) -> MxRecords:
    """Read the MX records: hosts in order of preference, then name; at most ten."""
    answer = answer_for(domain.name, "MX", seen)
    if answer is None:
        return MxRecords(MxState.UNKNOWN)
    pairs = sorted({_mx(value) for value in answer.values("MX")})
    if not pairs:
        return MxRecords(MxState.NONE)
    hosts = tuple(dict.fromkeys(host for _, host in pairs if host))
    has_null = any(not host for _, host in pairs)
    if not hosts:
        return MxRecords(MxState.NULL)
    return MxRecords(MxState.HOSTS, hosts[:MAX_MX_HOSTS], has_null)


def _mx(value: str) -> tuple[int, str]:
    """Split "10 mail.example" into preference and host; the root name becomes the empty host."""
    preference, _, host = value.partition(" ")
    return int(preference), host.rstrip(".").lower()


def session(host: str, address: str) -> Need:
    """Return the need for one SMTP session with a mail host at an address: greeting, EHLO, STARTTLS, QUIT."""
    return Need("smtp", address, host)


def mail_server_needs(domain: Domain, seen: Evidence) -> Iterator[Need]:
    """Ask for the MX records, then the addresses of each host, then a session with each address."""
    yield mx_question(domain)
    for host in mx_records(domain, seen).hosts:
        yield from address_questions(host)
        for address in addresses(host, seen).all:
            yield session(host, address)


@dataclass(frozen=True, slots=True)
class Greeting:
    """How far an SMTP session came (RFC 5321, RFC 3207). Codes are None when that stage was not reached.

    ``starttls_failure`` is the value of the Failure that ended the TLS handshake, or empty.
    """

    banner_code: int | None
    ehlo_code: int | None
    extensions: tuple[str, ...]
    starttls_code: int | None
    has_tls: bool
    starttls_failure: str
    ended_by: str

    @property
    def serves(self) -> bool:
        """Whether the server took part in the dialogue up to its list of extensions."""
        return self.banner_code == 220 and self.ehlo_code == 250


def greeting(need: Need, seen: Evidence) -> Greeting | None:
    """Read an SMTP session, or None when no greeting was ever received."""
    return seen.reading(need, _greeting)


def _greeting(answer: Mapping[str, object]) -> Greeting:
    """Read an answer."""
    return Greeting(
        banner_code=cast("int | None", answer.get("banner_code")),
        ehlo_code=cast("int | None", answer.get("ehlo_code")),
        extensions=tuple(cast("Sequence[str]", answer.get("extensions", ()))),
        starttls_code=cast("int | None", answer.get("starttls_code")),
        has_tls=answer.get("tls") is not None,
        starttls_failure=str(answer.get("starttls_failure", "")),
        ended_by=str(answer.get("ended_by", "")),
    )


@dataclass(frozen=True, slots=True)
class MailHost:
    """An MX host: its addresses, and the session with each."""

    name: str
    addresses: Addresses
    sessions: tuple[tuple[str, Observation | None], ...]

    @property
    def needs(self) -> tuple[Need, ...]:
        """Every question whose answer tells whether this host serves."""
        return (*address_questions(self.name), *(session(self.name, address) for address in self.addresses.all))


@derived
def mail_host(name: str, seen: Evidence) -> MailHost:
    """Read one MX host from the evidence."""
    known = addresses(name, seen)
    return MailHost(name, known, tuple((address, seen.get(session(name, address))) for address in known.all))


def serves(host: MailHost, address: str, seen: Evidence) -> bool | None:
    """Whether the host at this address takes part in an SMTP dialogue; None when that could not be established."""
    need = session(host.name, address)
    told = greeting(need, seen)
    if told is not None:
        return told.serves
    observation = seen.get(need)
    if observation is None or observation.failure is None:
        return None
    return False if observation.is_confirmed and observation.failure.cause is not Cause.OURS else None


def accepts(host: MailHost, address: str, seen: Evidence) -> bool | None:
    """Whether port 25 of this address accepts a TCP connection; None when that could not be established."""
    return connected(seen.get(session(host.name, address)))


def without_mail(rule: str, domain: Domain, seen: Evidence) -> Finding | None:
    """Make the finding for a rule about mail servers of a domain that has none, or whose MX is unknown; None when there are hosts."""
    need = mx_question(domain)
    match mx_records(domain, seen).state:
        case MxState.HOSTS:
            return None
        case MxState.UNKNOWN:
            return unanswered(rule, domain.name, seen, need)
        case MxState.NONE:
            return Finding(rule, domain.name, Status.NOT_APPLICABLE, (need,), "no-mx")
        case MxState.NULL:
            return Finding(rule, domain.name, Status.NOT_APPLICABLE, (need,), "null-mx")


def judged_hosts(rule: str, domain: Domain, seen: Evidence) -> Iterator[Finding | MailHost]:
    """Yield each MX host that serves at some address, and a finding for all that stands in the way of judging the others."""
    if (gone := without_mail(rule, domain, seen)) is not None:
        yield gone
        return
    for name in mx_records(domain, seen).hosts:
        host = mail_host(name, seen)
        gap = without_host(rule, host, seen)
        yield gap or host
        if gap is None and not host.addresses.is_known:
            yield unanswered(rule, name, seen, *address_questions(name))


def without_host(rule: str, host: MailHost, seen: Evidence) -> Finding | None:
    """Make the finding for an MX host without any address, or none of whose addresses serves; None when one of them does."""
    if host.addresses.none_exist:
        return Finding(rule, host.name, Status.NOT_APPLICABLE, address_questions(host.name), "mx-host-has-no-address", {"host": host.name})
    if not host.addresses.all:
        return unanswered(rule, host.name, seen, *address_questions(host.name))
    each = {serves(host, address, seen) for address in host.addresses.all}
    if True in each:
        return None
    if None in each:
        return unanswered(rule, host.name, seen, *host.needs)
    if not host.addresses.is_known:
        return unanswered(rule, host.name, seen, *address_questions(host.name))  # an address that we do not know of may well answer
    return Finding(rule, host.name, Status.UNDETERMINED, host.needs, "no-address-answers", {"host": host.name}, Cause.THEIRS)
