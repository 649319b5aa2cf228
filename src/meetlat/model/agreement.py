# SPDX-License-Identifier: EUPL-1.2
"""An agreement: who promised or must do what by when. It points to standards and holds no rules; its state follows from verdicts."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum

from meetlat.model.finding import Finding
from meetlat.model.judgement import Judgement
from meetlat.model.norm import Verdict, fold, worst
from meetlat.model.partial_date import PartialDate
from meetlat.model.target import Listing, Role

PHASED_OUT = "-not-phased-out"  # the ids of the rules on what a guideline phases out end so


class AgreementKind(Enum):
    """What binds: a law, a common target with a date, or a list that binds when something is bought."""

    LAW = "law"
    STREEFBEELDAFSPRAAK = "streefbeeldafspraak"
    PAS_TOE_OF_LEG_UIT = "pas_toe_of_leg_uit"


class Reading(Enum):
    """Which rules count: those that a norm says must be kept, or also those on what is being phased out."""

    MUST = "must"
    WITHOUT_PHASE_OUT = "without_phase_out"


class State(Enum):
    """Where a domain stands on an agreement on a day. NOT_DUE: it falls short, and the day by which it must not has yet to come."""

    KEPT = "kept"
    NOT_KEPT = "not_kept"
    NOT_DUE = "not_due"
    UNDETERMINED = "undetermined"
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True, slots=True)
class Ask:
    """One standard that an agreement asks in a role: whole when ``parts`` is empty; under any norm when ``norm`` is."""

    standard: str
    role: Role
    parts: tuple[str, ...] = ()
    norm: str = ""


@dataclass(frozen=True, slots=True)
class Agreement:
    """What was agreed, by whom, for whom (``groups`` empty is all of government), and from when it binds.

    Exactly one of ``by`` (it must be so when this ends) and ``in_force`` (it must be so since) is there.
    """

    id: str
    names: Mapping[str, str]
    kind: AgreementKind
    made_by: str
    werkingsgebied: Mapping[str, str]
    groups: tuple[str, ...]
    asks: tuple[Ask, ...]
    reading: Reading
    agreed: PartialDate
    by: PartialDate | None
    in_force: PartialDate | None
    sources: tuple[str, ...]

    def covers(self, group: str) -> bool:
        """Whether it is for this group."""
        return not self.groups or group.casefold() in {one.casefold() for one in self.groups}

    def is_made(self, day: date) -> bool:
        """Whether it was there on a day; of a month or year that is all we know, the whole of it."""
        return self.agreed.first <= day

    def binds(self, day: date) -> bool:
        """Whether falling short on this day breaks it; with a date that is not precise, only when that is certain."""
        if self.in_force is not None:
            return self.in_force.last <= day
        return self.by is not None and self.by.last < day


def state(agreement: Agreement, day: date, listing: Listing, judgements: Iterable[Judgement]) -> State:
    """Say where a domain stands on an agreement on a day, by its judgements in one measurement."""
    if not agreement.covers(listing.group) or not agreement.is_made(day):
        return State.NOT_APPLICABLE
    judged = {(found.target.role, found.standard): found for found in judgements}
    asked = [ask for ask in agreement.asks if ask.role in listing.roles]
    verdicts = [verdict for ask in asked for verdict in _verdicts(ask, agreement.reading, judged.get((ask.role, ask.standard)))]
    match worst(verdicts) if verdicts else Verdict.NOT_APPLICABLE:
        case Verdict.NON_COMPLIANT:
            return State.NOT_KEPT if agreement.binds(day) else State.NOT_DUE
        case Verdict.COMPLIANT:
            return State.KEPT
        case Verdict.UNDETERMINED:
            return State.UNDETERMINED
        case Verdict.NOT_APPLICABLE:
            return State.NOT_APPLICABLE


def _verdicts(ask: Ask, reading: Reading, judged: Judgement | None) -> Iterator[Verdict]:
    """Yield what counts for one ask: what was not judged, or under another norm than it names, is not known."""
    if judged is None:
        yield Verdict.UNDETERMINED
        return
    counted = [judged.parts.get(part, Verdict.UNDETERMINED) for part in ask.parts] or [judged.verdict]
    if reading is Reading.WITHOUT_PHASE_OUT:
        counted += _phased_out(judged.findings)
    for verdict in counted:
        other = ask.norm not in {"", judged.norm} and verdict is not Verdict.NOT_APPLICABLE
        yield Verdict.UNDETERMINED if other else verdict


def _phased_out(findings: Iterable[Finding]) -> Iterator[Verdict]:
    """Yield the fold of the rules on what is being phased out, when there are any."""
    statuses = [finding.status for finding in findings if finding.rule.endswith(PHASED_OUT)]
    if statuses:
        yield fold(statuses)
