# SPDX-License-Identifier: EUPL-1.2
"""A reply of an organisation to its results, the decision on it, and where it stands on a day."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum

from meetlat.model.target import Role


class Kind(Enum):
    """What an organisation can say: this domain is not ours, this is wrong, mended by then, we do otherwise because, or just a remark."""

    NOT_OURS = "not_ours"
    DISPUTE = "dispute"
    PLANNED = "planned"
    LEG_UIT = "leg_uit"
    COMMENT = "comment"


class Outcome(Enum):
    """What the analyst decided; OPEN takes an earlier decision back."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    OPEN = "open"


class State(Enum):
    """Where a reply stands on a day."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    DUE_SOON = "due_soon"
    EXPIRED = "expired"
    NOTED = "noted"


# On these somebody must decide; a planned date and a comment are only noted.
TO_DECIDE = frozenset({Kind.NOT_OURS, Kind.DISPUTE, Kind.LEG_UIT})


@dataclass(frozen=True, slots=True)
class Source:
    """The file and the row that a reply was read from; ``sha256`` is the digest of the file."""

    file: str
    sha256: str
    row: int


@dataclass(frozen=True, slots=True)
class Statement:
    """What a reply says, and of what. ``standard`` empty is the whole domain, ``part`` empty the whole standard.

    ``due`` is the planned date of PLANNED, and the last day on which a LEG_UIT holds.
    """

    kind: Kind
    organisation: str
    domain: str
    roles: tuple[Role, ...]
    standard: str = ""
    part: str = ""
    norm: str = ""
    text: str = ""
    evidence: str = ""
    whose: str = ""
    due: date | None = None

    def concerns(self, standard: str, part: str, role: Role) -> bool:
        """Whether it is about this standard or part in this role; what is said of a whole standard holds for its parts."""
        if self.kind is Kind.NOT_OURS:
            return True
        return role in self.roles and self.standard in {"", standard} and self.part in {"", part}


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply as it was imported; it never changes. ``by`` is who gave it: a person, so never published.

    ``bound_by`` are the agreements that leave no room for a *leg uit*: the law and the streefbeeldafspraken on this standard.
    """

    id: str
    on: date
    by: str
    measurement: str
    source: Source
    says: Statement
    bound_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided on a reply, when and by whom (a person, so never published); a later one goes before an earlier."""

    reply: str
    on: date
    by: str
    outcome: Outcome
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """A reply with the decision on it that holds on a day (None: nobody decided yet)."""

    reply: Reply
    decision: Decision | None
    day: date

    @property
    def outcome(self) -> Outcome:
        """What holds: open when nobody decided."""
        return self.decision.outcome if self.decision else Outcome.OPEN

    @property
    def holds(self) -> bool:
        """Whether it was accepted, and has not run out; a leg uit holds up to and including its last day."""
        says = self.reply.says
        return self.outcome is Outcome.ACCEPTED and not (says.kind is Kind.LEG_UIT and _past(says.due, self.day))

    def state(self, soon: timedelta = timedelta(0)) -> State:
        """Say where it stands; what ends within ``soon`` from the day is due soon."""
        says = self.reply.says
        if self.outcome is Outcome.REJECTED:
            return State.REJECTED
        if says.due is not None and _past(says.due, self.day):
            return State.EXPIRED
        if self.outcome is Outcome.OPEN and says.kind in TO_DECIDE:
            return State.OPEN
        if says.due is not None and says.due <= self.day + soon:
            return State.DUE_SOON
        return State.ACCEPTED if self.outcome is Outcome.ACCEPTED else State.NOTED


def standings(replies: Iterable[Reply], decisions: Iterable[Decision], day: date) -> tuple[Standing, ...]:
    """Say where each reply that was given by a day stands on that day; of several decisions the last one holds."""
    latest: Mapping[str, Decision] = {decision.reply: decision for decision in decisions if decision.on <= day}
    return tuple(Standing(reply, latest.get(reply.id), day) for reply in replies if reply.on <= day)


def _past(due: date | None, day: date) -> bool:
    """Whether a day has gone by."""
    return due is not None and due < day
