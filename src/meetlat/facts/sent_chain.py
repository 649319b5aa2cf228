# SPDX-License-Identifier: EUPL-1.2
"""The certificate chains that a server sent, out of the observation of a TLS probe (docs/decisions/0010)."""

import binascii
from base64 import b64decode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import cast

from meetlat.facts.certificates import Certificate, read
from meetlat.facts.second_look import awaits_second_look
from meetlat.model.domain import Domain
from meetlat.model.evidence import Cause, Evidence, Failure, Need
from meetlat.model.finding import Finding, Status, unanswered

# No server needs more; a longer chain is read so far.
_MOST_CERTIFICATES = 20
_FAILURES = frozenset(failure.value for failure in Failure)


@dataclass(frozen=True, slots=True)
class SentChain:
    """One chain as sent, the server's own certificate first. ``is_trusted`` is None when the evidence does not say."""

    certificates: tuple[Certificate, ...]
    is_trusted: bool | None


def web_session(domain: Domain, address: str) -> Need:
    """Return the need for the TLS of a website at an address (port 443)."""
    return Need("tls", address, domain.name)


def mail_session(host: str, address: str) -> Need:
    """Return the need for the TLS of a mail host at an address (port 25, after STARTTLS)."""
    return Need("tls_smtp", address, host)


def sent_chains(need: Need, seen: Evidence) -> tuple[SentChain, ...]:
    """Return the different chains that were sent, in the order seen; none when there is no answer, or none was sent."""
    return seen.reading(need, _sent_chains) or ()


def _sent_chains(answer: Mapping[str, object]) -> tuple[SentChain, ...]:
    """Read an answer."""
    chains = cast("Iterable[Sequence[str]]", answer.get("chains") or ())
    trust = cast("Sequence[Mapping[str, object]]", answer.get("trust") or ())
    read_chains = tuple(tuple(_certificate(text) for text in islice(chain, _MOST_CERTIFICATES)) for chain in chains)
    return tuple(SentChain(chain, _trusted(trust, number)) for number, chain in enumerate(read_chains) if chain)


def first_certificate(need: Need, seen: Evidence) -> Certificate | None:
    """Return the server's own certificate out of an SMTP session, which keeps no other; None when there was no TLS."""
    observation = seen.get(need)
    told = observation.answer.get("tls") if observation and observation.answer else None
    text = told.get("certificate") if isinstance(told, Mapping) else None
    return _certificate(text) if isinstance(text, str) and text else None


def without_chain(rule: str, subject: str, seen: Evidence, need: Need) -> Finding:
    """Make the finding for a rule about certificates when none was sent to us: undetermined."""
    observation = seen.get(need)
    if observation is None or observation.answer is None or awaits_second_look(need, seen):
        return unanswered(rule, subject, seen, need)
    cause = _whose_doing(observation.answer)
    arguments = {"need": str(need), "detail": ""}
    return Finding(rule, subject, Status.UNDETERMINED, (need,), "no-certificate", arguments, cause)


def _whose_doing(answer: Mapping[str, object]) -> Cause:
    """Say by whom it came that no handshake brought a certificate: by what ended the handshake, or else the examination."""
    if answer.get("stopped_by") == "theirs":
        return Cause.THEIRS
    told = answer.get("handshake")
    ended_by = str(told.get("failure", "")).partition(" ")[0] if isinstance(told, Mapping) else ""
    return Failure(ended_by).cause if ended_by in _FAILURES else Cause.OURS


def _certificate(text: str) -> Certificate:
    """Read one certificate; what is no base64 was not written by the probe, and is nothing."""
    try:
        return read(b64decode(text, validate=True))
    except (binascii.Error, ValueError):
        return read(b"")


def _trusted(trust: Sequence[Mapping[str, object]], number: int) -> bool | None:
    """Read whether the chain with this number is trusted."""
    told = trust[number].get("trusted") if number < len(trust) else None
    return told if isinstance(told, bool) else None
