# SPDX-License-Identifier: EUPL-1.2
"""TLSA records as facts, and whether one fits the chain that a server sends (RFC 6698, RFC 7671)."""

import hashlib
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, IntEnum

from meetlat.facts.certificates import Certificate, read
from meetlat.facts.dns import Security, question
from meetlat.facts.dns import read as read_answer
from meetlat.facts.names import names_host
from meetlat.facts.second_look import awaits_second_look
from meetlat.facts.sent_chain import SentChain
from meetlat.model.evidence import Evidence, Need, derived

_FIELDS = re.compile(r"([0-9]{1,3})[ \t]+([0-9]{1,3})[ \t]+([0-9]{1,3})(?:[ \t]+([0-9a-fA-F \t]*))?", re.ASCII)
_SHOWN_CHARACTERS = 16
_FULL, _SHA256, _SHA512 = 0, 1, 2
_DIGEST_BYTES = {_SHA256: 32, _SHA512: 64}


class Usage(IntEnum):
    """The certificate usages (RFC 7218)."""

    PKIX_TA = 0
    PKIX_EE = 1
    DANE_TA = 2
    DANE_EE = 3


class Selector(IntEnum):
    """The part of the certificate that a record is about (RFC 7218)."""

    CERT = 0
    SPKI = 1


class Fit(Enum):
    """How a record fits a chain, the best first. Unknown: our software cannot tell."""

    MATCH = "match"
    UNKNOWN = "unknown"
    WRONG_NAME = "wrong-name"
    OUT_OF_TIME = "out-of-time"
    NOT_TRUSTED = "not-trusted"
    MISMATCH = "mismatch"


@dataclass(frozen=True, slots=True)
class Tlsa:
    """One record. The numbers are as published, so may be any from 0 to 255."""

    usage: int
    selector: int
    matching: int
    association: bytes

    @property
    def is_well_formed(self) -> bool:
        """Whether its parameters are known, and a digest has the length of a digest (RFC 6698, 4.1)."""
        if self.usage > Usage.DANE_EE or self.selector > Selector.SPKI or self.matching > _SHA512 or not self.association:
            return False
        return len(self.association) == _DIGEST_BYTES.get(self.matching, len(self.association))

    def is_about(self, certificate: Certificate) -> bool:
        """Whether the association data are those of this certificate, or of its key (RFC 6698, 2.1)."""
        selected = certificate.der if self.selector == Selector.CERT else certificate.key_info
        return selected is not None and self.association == _associated(selected, self.matching)

    def __str__(self) -> str:
        """Return the record as people compare it: the numbers and the begin of its data."""
        data = self.association.hex()
        shown = data if len(data) <= _SHOWN_CHARACTERS else f"{data[:_SHOWN_CHARACTERS]}..."
        return f"{self.usage} {self.selector} {self.matching} {shown}".rstrip()


def parse(text: str) -> Tlsa | None:
    """Read a record as a zone file or a resolver has it (RFC 6698, 2.2), or return None."""
    match = _FIELDS.fullmatch(text.strip())
    if match is None:
        return None
    data = "".join((match[4] or "").split())
    usage, selector, matching = (int(match[number]) for number in (1, 2, 3))
    if max(usage, selector, matching) > 255 or len(data) % 2:
        return None
    return Tlsa(usage, selector, matching, bytes.fromhex(data))


def _associated(selected: bytes, matching: int) -> bytes:
    """Make the association data of what was selected."""
    if matching == _SHA256:
        return hashlib.sha256(selected).digest()
    return hashlib.sha512(selected).digest() if matching == _SHA512 else selected


class Published(Enum):
    """What a name says about TLSA."""

    UNKNOWN = "unknown"
    NONE = "none"
    INSECURE = "insecure"
    BOGUS = "bogus"
    SECURE = "secure"


@dataclass(frozen=True, slots=True)
class Records:
    """The TLSA records of one service. ``usable`` holds those that can be used at all, whatever their usage."""

    state: Published
    usable: tuple[Tlsa, ...] = ()
    shown: str = ""

    def of_usages(self, usages: Collection[int]) -> tuple[Tlsa, ...]:
        """Return the usable records of these usages."""
        return tuple(record for record in self.usable if record.usage in usages)


def tlsa_question(host: str, port: int) -> Need:
    """Return the question for the TLSA records of a service (RFC 6698, 3)."""
    return question(f"_{port}._tcp.{host}", "TLSA")


@derived
def tlsa_records(need: Need, seen: Evidence) -> Records:
    """Read the TLSA records of a service. Bogus counts when it is seen twice, for a lost answer looks the same."""
    answer = read_answer(need, seen)
    if answer is None or (answer.security is Security.BOGUS and awaits_second_look(need, seen)):
        return Records(Published.UNKNOWN)
    if answer.security is Security.BOGUS:
        return Records(Published.BOGUS)
    parsed = [(parse(text), text) for text in answer.values("TLSA")]
    if not parsed:
        return Records(Published.NONE)
    usable = tuple(record for record, _ in parsed if record is not None and record.is_well_formed)
    shown = "; ".join(str(record) if record else text[:40] for record, text in parsed[:10])
    return Records(Published.SECURE if answer.security is Security.SECURE else Published.INSECURE, usable, shown)


def best_fit(records: Iterable[Tlsa], chain: SentChain, names: Collection[str], at: datetime) -> Fit:
    """Say how the best of several records fits a chain; ``names`` are those by which the server may be called."""
    fits = {_fit(record, chain, names, at) for record in records}
    return next((fit for fit in Fit if fit in fits), Fit.MISMATCH)


def _fit(record: Tlsa, chain: SentChain, names: Collection[str], at: datetime) -> Fit:
    """Say how one record fits a chain."""
    first = chain.certificates[0]
    match record.usage:
        case Usage.DANE_EE:  # RFC 7671, 5.1: neither names nor dates
            return Fit.MATCH if record.is_about(first) else Fit.MISMATCH
        case Usage.PKIX_EE if not record.is_about(first):
            return Fit.MISMATCH
        case Usage.PKIX_EE:
            return _trusted(chain, names)
        case Usage.PKIX_TA:
            return _constrained(record, chain, names)
        case Usage.DANE_TA:
            anchored = _anchored(record, chain.certificates, at)
            return _named(first, names) if anchored is Fit.MATCH else anchored
    return Fit.MISMATCH


def _named(first: Certificate, names: Collection[str]) -> Fit:
    """Check the name of the server (RFC 7671, 5.2; RFC 7672, 3.2.2)."""
    presented = first.dns_names
    if presented is None:
        return Fit.UNKNOWN
    return Fit.MATCH if any(names_host(presented, name) for name in names) else Fit.WRONG_NAME


def _trusted(chain: SentChain, names: Collection[str]) -> Fit:
    """Check what a client of the web checks (RFC 6698, 2.1.1: usages 0 and 1 pass PKIX validation as well)."""
    if chain.is_trusted is None:
        return Fit.UNKNOWN
    return _named(chain.certificates[0], names) if chain.is_trusted else Fit.NOT_TRUSTED


def _constrained(record: Tlsa, chain: SentChain, names: Collection[str]) -> Fit:
    """Check usage 0: a certificate authority of the trusted path. The root is in that path too, and is seldom sent: then we cannot tell."""
    fit = _trusted(chain, names)
    if fit is not Fit.MATCH or any(record.is_about(one) for one in chain.certificates[1:]):
        return fit
    return Fit.UNKNOWN


def _anchored(record: Tlsa, chain: Sequence[Certificate], at: datetime) -> Fit:
    """Check usage 2: a path leads from the first certificate to the anchor that the record names (RFC 7671, 5.2).

    An anchor of which the record holds all, certificate or bare key, need not be sent (5.2.2 and 5.2.3).
    """
    sent = list(chain)
    if record.matching == _FULL and record.selector == Selector.CERT:
        sent.append(read(record.association))
    in_time = _reached(record, sent, at)
    if in_time is False and _reached(record, sent, None):
        return Fit.OUT_OF_TIME
    return {True: Fit.MATCH, False: Fit.MISMATCH, None: Fit.UNKNOWN}[in_time]


def _reached(record: Tlsa, sent: Sequence[Certificate], at: datetime | None) -> bool | None:
    """Whether the anchor can be reached by certificates that are all in time; None when it could be, but for what we cannot check.

    They may be sent in any order, with others among them, so every one is tried as the next. Without a moment dates do not count.
    """
    doubt = False
    waiting, tried = [0], {0}
    while waiting:
        here = sent[waiting.pop()]
        if (in_time := here.is_in_time(at) if at else True) is not True:
            doubt |= in_time is None
            continue
        if record.matching == _FULL and record.selector == Selector.SPKI:
            if (signed := here.is_signed_by(record.association)) is True:
                return True
            doubt |= signed is None
        for number, other in enumerate(sent):
            if number in tried:
                continue
            step = _step(here, other)
            doubt |= step is None
            if step is not True:
                continue
            if record.is_about(other) and (at is None or other.is_in_time(at)):
                return True
            tried.add(number)
            waiting.append(number)
    return None if doubt else False


def _step(here: Certificate, other: Certificate) -> bool | None:
    """Whether a path goes from one certificate to another: it is the issuer, and may be one."""
    issued = here.is_issued_by(other)
    return issued and other.may_issue
