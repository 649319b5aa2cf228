# SPDX-License-Identifier: EUPL-1.2
"""Needs, observations, and the evidence that they make together."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import wraps
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import NamedTuple, TypeVar

Read = TypeVar("Read")
Subject = TypeVar("Subject", bound=Hashable)


class Cause(Enum):
    """Whose doing it is that something could not be established."""

    THEIRS = "theirs"
    PATH = "path"
    OURS = "ours"


class Failure(Enum):
    """Why a need got no answer. Closed list, by stage: connecting, TLS, talking, DNS, ourselves."""

    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    CONNECT_TIMEOUT = "connect-timeout"
    TLS_ALERT = "tls-alert"
    TLS_NAME_UNKNOWN = "tls-name-unknown"
    TLS_NOT_SPOKEN = "tls-not-spoken"
    TLS_CLOSED = "tls-closed"
    TLS_TIMEOUT = "tls-timeout"
    TLS_BROKEN = "tls-broken"  # a server hello came, or TLS octet by octet, and yet no session
    READ_TIMEOUT = "read-timeout"
    CLOSED = "closed"
    MALFORMED = "malformed"
    TOO_LARGE = "too-large"
    SERVFAIL = "servfail"
    DNS_TIMEOUT = "dns-timeout"
    RESOLVER_DOWN = "resolver-down"
    OUR_LIMIT = "our-limit"
    OUR_ERROR = "our-error"
    GUARDED = "guarded"
    OPTED_OUT = "opted-out"
    NOT_ASKED = "not-asked"

    @property
    def cause(self) -> Cause:
        """Whose doing this failure is, as long as nothing else is known."""
        return _CAUSES.get(self, Cause.THEIRS)

    @property
    def reached(self) -> bool:
        """Whether a TCP connection came about before it went wrong."""
        return self in _AFTER_CONTACT

    @property
    def spoke_tls(self) -> bool:
        """Whether, on a TLS port, a TLS session came about before it went wrong."""
        return self in _AFTER_TLS


_AFTER_TLS = frozenset({Failure.READ_TIMEOUT, Failure.CLOSED, Failure.MALFORMED, Failure.TOO_LARGE})
_AFTER_CONTACT = _AFTER_TLS | {
    Failure.TLS_ALERT,
    Failure.TLS_NAME_UNKNOWN,
    Failure.TLS_NOT_SPOKEN,
    Failure.TLS_CLOSED,
    Failure.TLS_TIMEOUT,
    Failure.TLS_BROKEN,
}
_CAUSES = {
    Failure.UNREACHABLE: Cause.PATH,
    Failure.CONNECT_TIMEOUT: Cause.PATH,
    Failure.DNS_TIMEOUT: Cause.PATH,
    Failure.TLS_ALERT: Cause.OURS,  # it speaks TLS, only not with this client
    Failure.RESOLVER_DOWN: Cause.OURS,
    Failure.OUR_LIMIT: Cause.OURS,
    Failure.OUR_ERROR: Cause.OURS,
    Failure.GUARDED: Cause.OURS,  # of whom the address is, its observation knows
    Failure.OPTED_OUT: Cause.OURS,
    Failure.NOT_ASKED: Cause.OURS,
}
# What a second question cannot change: our own rules forbid it, there is nothing to ask, or the answer was clear.
_FINAL = frozenset({Failure.GUARDED, Failure.OPTED_OUT, Failure.NOT_ASKED, Failure.TLS_NAME_UNKNOWN})


class Need(NamedTuple):
    """One question for a probe. Equal needs are asked once in a measurement, whoever asks.

    A tuple, because needs are looked up more often than anything else: a million times for a few thousand domains.
    """

    kind: str
    subject: str
    detail: str = ""

    def __str__(self) -> str:
        """Return the need as people read it."""
        return f"{self.kind} {self.subject} {self.detail}".rstrip()


@dataclass(frozen=True, slots=True)
class Observation:
    """The answer to one need, or the reason there is none. Never both.

    ``attempt`` counts from 1; ``detail`` says of a failure what was seen (an EDE text, a TLS alert).
    """

    need: Need
    at: datetime
    answer: Mapping[str, object] | None = None
    failure: Failure | None = None
    detail: str = ""
    attempt: int = 1

    def __post_init__(self) -> None:
        """Refuse an observation that says both or nothing."""
        if (self.answer is None) == (self.failure is None):
            raise ValueError(f"{self.need}: exactly one of answer and failure")

    @property
    def cause(self) -> Cause | None:
        """Whose doing it is that there is no answer; None when there is one.

        An address that is public nowhere stands in their DNS or their redirect, and nobody on the internet reaches it: theirs. One that
        carries an IPv4 address is refused by our guard alone, and may have been made by a translator on our side: ours.
        """
        if self.failure is Failure.GUARDED and _is_plain_address(self.detail):
            return Cause.THEIRS
        return self.failure.cause if self.failure else None

    @property
    def is_confirmed(self) -> bool:
        """Whether the same question was asked at least twice."""
        return self.attempt >= 2

    @property
    def deserves_second_look(self) -> bool:
        """Whether a later question could come out otherwise (a failure, or an answer that says it is incomplete)."""
        if self.failure is not None:
            return self.failure not in _FINAL
        return self.answer is not None and self.answer.get("complete") is False


# RFC 6052, 2.1 and RFC 8215.
_NAT64 = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))


def _is_plain_address(text: str) -> bool:
    """Whether a text is an address that carries no other address inside."""
    try:
        address = ip_address(text)
    except ValueError:
        return False
    if not isinstance(address, IPv6Address):
        return True
    return not (address.ipv4_mapped or address.sixtofour or address.teredo or any(address in prefix for prefix in _NAT64))


class Evidence:
    """The observations of a measurement, the last one per need; earlier attempts are kept beside them."""

    def __init__(self, observations: Iterable[Observation] = ()) -> None:
        self._last: dict[Need, Observation] = {}
        self._earlier: list[Observation] = []
        self._readings: dict[tuple[Need, object], tuple[Observation, object]] = {}
        self._derived: dict[tuple[object, object], object] = {}
        for observation in observations:
            self.add(observation)

    def add(self, observation: Observation) -> None:
        """Add an observation; of one need the highest attempt counts."""
        self._derived.clear()
        known = self._last.get(observation.need)
        if known is None:
            self._last[observation.need] = observation
        elif observation.attempt > known.attempt:
            self._earlier.append(known)
            self._last[observation.need] = observation
        elif observation.attempt < known.attempt:
            self._earlier.append(observation)

    def get(self, need: Need) -> Observation | None:
        """Return the observation that counts for this need, or None when it was not asked."""
        return self._last.get(need)

    def reading(self, need: Need, read: Callable[[Mapping[str, object]], Read]) -> Read | None:
        """Return what a pure function reads in the answer that counts for a need, or None when there is no answer.

        Every rule reads the same answers, and some are large: a reading is made once and kept until another answer counts.
        """
        observation = self._last.get(need)
        if observation is None or observation.answer is None:
            return None
        known = self._readings.get((need, read))
        if known is None or known[0] is not observation:
            known = self._readings[need, read] = observation, read(observation.answer)
        return known[1]  # type: ignore[return-value]  # what stands under this function was read by it

    def derived(self, derive: Callable[[Subject, "Evidence"], Read], subject: Subject) -> Read:
        """Return what a pure function derives of a subject from all of this evidence; it is kept until anything is added."""
        key = (derive, subject)
        if key not in self._derived:
            self._derived[key] = derive(subject, self)
        return self._derived[key]  # type: ignore[return-value]  # what stands under this function was derived by it

    def latest(self) -> tuple[Observation, ...]:
        """Return the observation that counts of every need."""
        return tuple(self._last.values())

    def __contains__(self, need: object) -> bool:
        """Whether the need was asked."""
        return need in self._last

    def __len__(self) -> int:
        """Return how many needs were asked."""
        return len(self._last)

    def __iter__(self) -> Iterator[Observation]:
        """Yield every observation, earlier attempts first."""
        yield from self._earlier
        yield from self._last.values()


def derived(derive: Callable[[Subject, Evidence], Read]) -> Callable[[Subject, Evidence], Read]:
    """Let evidence keep what a pure function derives from it.

    Every standard asks the same few things (the addresses of a host, the mail hosts of a domain), in every round and in every rule. The
    function must not return an iterator: that can be read once only.
    """

    @wraps(derive)
    def kept(subject: Subject, seen: Evidence) -> Read:
        return seen.derived(derive, subject)

    return kept
