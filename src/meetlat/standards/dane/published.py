# SPDX-License-Identifier: EUPL-1.2
"""What the rules for mail and web share: whether a service has secure TLSA records, and whether they fit what it sends."""

from collections.abc import Mapping
from dataclasses import dataclass

from meetlat.facts.sent_chain import first_certificate, sent_chains
from meetlat.facts.tlsa import Fit, Published, Tlsa, Usage, best_fit, tlsa_records
from meetlat.model.evidence import Cause, Evidence, Need
from meetlat.model.finding import Finding, Status, unanswered


def publication(rule: str, host: str, need: Need, seen: Evidence) -> Finding:
    """Judge whether a service has TLSA records that DNSSEC vouches for."""
    records = tlsa_records(need, seen)
    arguments = {"host": host, "name": need.subject, "records": records.shown}
    match records.state:
        case Published.UNKNOWN:
            return unanswered(rule, host, seen, need)
        case Published.SECURE:
            return Finding(rule, host, Status.SATISFIED, (need,), "", arguments)
        case Published.NONE | Published.INSECURE | Published.BOGUS:
            return Finding(rule, host, Status.VIOLATED, (need,), records.state.value, arguments)


def without_records(rule: str, host: str, need: Need, seen: Evidence) -> Finding | None:
    """Make the finding for a rule about secure TLSA records of a service that has none; None when it has."""
    state = tlsa_records(need, seen).state
    if state is Published.SECURE:
        return None
    if state is Published.UNKNOWN:
        return unanswered(rule, host, seen, need)
    return Finding(rule, host, Status.NOT_APPLICABLE, (need,), "none-published", {"host": host})


@dataclass(frozen=True, slots=True)
class Service:
    """A service with usable records: the question that gave them, and the names by which its server may be called."""

    question: Need
    records: tuple[Tlsa, ...]
    names: tuple[str, ...]


def fit_with_chains(rule: str, service: Service, session: Need, seen: Evidence) -> Finding | None:
    """Judge whether some usable record fits each chain that an address sent in a TLS session; None when it sent none to us.

    A server with two certificates shows one to some clients and the other to others, so the chain that fits worst counts.
    """
    observation = seen.get(session)
    chains = sent_chains(session, seen)
    if observation is None or not chains:
        return None
    fits = [best_fit(service.records, chain, service.names, observation.at) for chain in chains]
    worst = max(fits, key=list(Fit).index)
    return _finding(rule, worst, (service.question, session), {"host": session.detail, "address": session.subject})


def fit_with_first(rule: str, service: Service, session: Need, seen: Evidence) -> Finding | None:
    """Judge usage 3 by the server's own certificate out of an SMTP session; None when that is not known, or does not suffice.

    A server that takes few connections may refuse us before it has shown its chain.
    """
    certificate = first_certificate(session, seen)
    if certificate is None:
        return None
    arguments = {"host": session.detail, "address": session.subject}
    direct = [record for record in service.records if record.usage == Usage.DANE_EE]
    if any(record.is_about(certificate) for record in direct):
        return _finding(rule, Fit.MATCH, (service.question, session), arguments)
    if len(direct) == len(service.records):
        return _finding(rule, Fit.MISMATCH, (service.question, session), arguments)
    return None


def _finding(rule: str, fit: Fit, needs: tuple[Need, Need], arguments: Mapping[str, str]) -> Finding:
    """Turn how it fits into a finding."""
    address = arguments["address"]
    match fit:
        case Fit.MATCH:
            return Finding(rule, address, Status.SATISFIED, needs, "", arguments)
        case Fit.UNKNOWN:
            return Finding(rule, address, Status.UNDETERMINED, needs, "not-verifiable", arguments, Cause.OURS)
        case Fit.MISMATCH | Fit.WRONG_NAME | Fit.OUT_OF_TIME | Fit.NOT_TRUSTED:
            return Finding(rule, address, Status.VIOLATED, needs, fit.value, arguments)
