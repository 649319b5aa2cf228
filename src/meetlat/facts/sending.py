# SPDX-License-Identifier: EUPL-1.2
"""Whether a domain says of itself that it sends no mail: SPF is exactly -all, and the DMARC policy that counts is reject."""

from collections.abc import Iterator
from dataclasses import dataclass

from meetlat.facts import spf_evaluation
from meetlat.facts.dmarc import Policy, Reading, effective_policy
from meetlat.facts.dmarc_discovery import Outcome, discover, discovery_needs
from meetlat.facts.spf import parse
from meetlat.facts.txt import txt_question
from meetlat.model.domain import Domain
from meetlat.model.evidence import Evidence, Need


@dataclass(frozen=True, slots=True)
class NonSending:
    """Whether a domain says that it sends no mail, None when that could not be established, and the needs this rests on."""

    is_said: bool | None
    needs: tuple[Need, ...]


def non_sending_needs(domain: Domain, seen: Evidence) -> Iterator[Need]:
    """Ask for the SPF record of the domain and for the DMARC record that applies."""
    yield txt_question(domain.name)
    yield from discovery_needs(domain, seen)


def non_sending(domain: Domain, seen: Evidence, by: Reading) -> NonSending:
    """Read whether a domain says that it sends no mail. One of the two that says otherwise is enough to know that it does not."""
    spf_needs = (txt_question(domain.name),)
    spf = _spf_forbids_all(domain, seen)
    if spf is False:
        return NonSending(is_said=False, needs=spf_needs)
    dmarc, dmarc_needs = _dmarc_rejects(domain, seen, by)
    if dmarc is False:
        return NonSending(is_said=False, needs=dmarc_needs)
    return NonSending(True if spf and dmarc else None, (*spf_needs, *dmarc_needs))


def _spf_forbids_all(domain: Domain, seen: Evidence) -> bool | None:
    """Whether the only SPF record is exactly v=spf1 -all."""
    found = spf_evaluation.records(domain.name, seen)
    if found is None:
        return None
    return len(found) == 1 and parse(found[0]).forbids_all_mail


def _dmarc_rejects(domain: Domain, seen: Evidence, by: Reading) -> tuple[bool | None, tuple[Need, ...]]:
    """Whether the DMARC policy that counts for the domain is reject, and what that rests on."""
    found = discover(domain, seen, by.discovery)
    if found.outcome is Outcome.UNKNOWN:
        return None, found.needs
    if found.record is None:
        return False, found.needs
    return effective_policy(found.record, by, is_inherited=found.is_inherited) is Policy.REJECT, found.needs
