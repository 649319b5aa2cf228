# SPDX-License-Identifier: EUPL-1.2
"""What DMARC asks: one record, at the name or above it, that can be read and asks receivers to act."""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from meetlat.facts import dmarc
from meetlat.facts.dmarc import Policy, Reading, effective_policy, published_policy, reading
from meetlat.facts.dmarc_discovery import Consent, Found, Outcome, consent_needs, consents, discover, discovery_needs
from meetlat.model.evidence import Evidence, Need
from meetlat.model.finding import Finding, Status, unanswered
from meetlat.model.norm import Norm
from meetlat.model.standard import RuleFunction
from meetlat.model.target import Target

_ONE = "dmarc.has-one-record"
_WELL_FORMED = "dmarc.is-well-formed"
_ENFORCED = "dmarc.policy-is-enforced"
_AUTHORISED = "dmarc.report-addresses-are-authorised"


def needs(target: Target, seen: Evidence) -> Iterator[Need]:
    """The record at the name, or else where either RFC looks for it; then the consent of whoever receives reports."""
    yield from discovery_needs(target.domain, seen)
    yield from consent_needs(target.domain, seen)


def has_one_record(target: Target, seen: Evidence, norm: Norm) -> Iterable[Finding]:
    """RFC 9989, 4.10.1 (RFC 7489, 6.6.3): exactly one record applies, at the name itself or above it."""
    name, found = target.domain.name, discover(target.domain, seen, reading(norm).discovery)
    match found.outcome:
        case Outcome.UNKNOWN:
            return (unanswered(_ONE, name, seen, *found.needs),)
        case Outcome.SEVERAL:
            return (Finding(_ONE, name, Status.VIOLATED, found.needs, "several-records", {"place": found.place}),)
        case Outcome.NONE if found.lookalike:
            return (Finding(_ONE, name, Status.VIOLATED, found.needs, "wrong-begin", {"record": found.lookalike[:200]}),)
        case Outcome.NONE:
            return (Finding(_ONE, name, Status.VIOLATED, found.needs, "no-record"),)
        case Outcome.FOUND:
            reason = "inherited" if found.is_inherited else ""
            arguments = {"place": found.place, "record": str(found.record)[:500]}
            return (Finding(_ONE, name, Status.SATISFIED, found.needs, reason, arguments),)


def is_well_formed(target: Target, seen: Evidence, norm: Norm) -> Iterator[Finding]:
    """RFC 9989, 4.7 and 4.8 (RFC 7489, 6.3 and 6.4): the tags that the norm knows have legal values, each once."""
    by = reading(norm)
    found = discover(target.domain, seen, by.discovery)
    if found.record is None:
        return
    wrong = dmarc.faults(found.record, by)
    arguments = {"place": found.place, "tags": ", ".join(wrong)[:200]}
    if wrong:
        yield Finding(_WELL_FORMED, target.domain.name, Status.VIOLATED, found.needs, "illegal-tags", arguments)
    elif by.policy_tag_required and found.record.value("p") is None:
        yield Finding(_WELL_FORMED, target.domain.name, Status.VIOLATED, found.needs, "no-policy-tag", arguments)
    else:
        yield Finding(_WELL_FORMED, target.domain.name, Status.SATISFIED, found.needs, "", arguments)


def policy_is_enforced(target: Target, seen: Evidence, norm: Norm) -> Iterator[Finding]:
    """RFC 9989, 4.7 and 4.10.1 (RFC 7489, 6.3); streefbeeldafspraak OBDO april 2018: the policy that counts is quarantine or reject."""
    by = reading(norm)
    found = discover(target.domain, seen, by.discovery)
    if found.record is None:
        return
    policy = effective_policy(found.record, by, is_inherited=found.is_inherited)
    good = policy is not Policy.NONE
    status, reason = (Status.SATISFIED, "") if good else (Status.VIOLATED, _why_not(found.record, found, by))
    arguments = {"place": found.place, "policy": policy.value}
    yield Finding(_ENFORCED, target.domain.name, status, found.needs, reason, arguments)


def _why_not(record: dmarc.DmarcRecord, found: Found, by: Reading) -> str:
    """Say why the policy that counts is none: lowered by test mode, or stated (or left out, which is the same)."""
    return "none" if published_policy(record, by, is_inherited=found.is_inherited) is Policy.NONE else "test-mode"


def report_addresses_are_authorised(target: Target, seen: Evidence, norm: Norm) -> Iterator[Finding]:
    """RFC 9990, 4 (RFC 7489, 7.1): whoever receives reports from outside the organisation says in the DNS that it agrees."""
    by = reading(norm).discovery
    found = discover(target.domain, seen, by)
    if found.record is None:
        return
    asked = consents(found, seen, by)
    if not asked:
        yield Finding(_AUTHORISED, target.domain.name, Status.NOT_APPLICABLE, found.needs, "no-report-addresses", {"place": found.place})
    for consent in asked:
        yield _authorisation(consent, found, seen)


def _authorisation(consent: Consent, found: Found, seen: Evidence) -> Finding:
    """Judge one host that receives reports."""
    rests_on = tuple(dict.fromkeys((*found.needs, *consent.needs)))
    arguments = {"host": consent.host, "place": found.place}
    if consent.is_given is None:
        return unanswered(_AUTHORISED, consent.host, seen, *rests_on)
    if consent.is_given:
        return Finding(_AUTHORISED, consent.host, Status.SATISFIED, rests_on, "own" if consent.is_own else "", arguments)
    return Finding(_AUTHORISED, consent.host, Status.VIOLATED, rests_on, "not-authorised", arguments)


RULES: Mapping[str, RuleFunction] = MappingProxyType(
    {
        _ONE: has_one_record,
        _WELL_FORMED: is_well_formed,
        _ENFORCED: policy_is_enforced,
        _AUTHORISED: report_addresses_are_authorised,
    }
)
