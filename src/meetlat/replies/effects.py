# SPDX-License-Identifier: EUPL-1.2
"""What replies do to verdicts: pure functions, so that each effect can be worked out by hand.

What was measured is never changed: each row keeps its measured verdict beside the corrected one, and says why they differ.

- not ours, accepted: the domain leaves the set;
- dispute, accepted: undetermined, unless a later measurement gives an answer, and then that answer;
- leg uit, accepted and not run out: explained, which counts as falling short with an explanation, never as compliant;
- dispute or "not ours", not decided on: the figure stays, marked as disputed;
- planned date: the figure stays, with the date.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum
from itertools import groupby

from meetlat.model.norm import Verdict, worst
from meetlat.model.target import Role
from meetlat.replies.reply import Kind, Outcome, Standing


class Effect(Enum):
    """What a reply does to one verdict."""

    LEFT_SET = "left_set"
    MEASURED_AGAIN = "measured_again"
    UNDETERMINED = "undetermined"
    EXPLAINED = "explained"
    DISPUTED = "disputed"
    PLANNED = "planned"


# Effects after which the corrected figure is another than the measured one, or is counted apart.
CORRECTING = frozenset({Effect.LEFT_SET, Effect.MEASURED_AGAIN, Effect.UNDETERMINED, Effect.EXPLAINED})


@dataclass(frozen=True, slots=True)
class VerdictRow:
    """One verdict as a measurement holds it; ``part`` empty is the standard as a whole."""

    domain: str
    organisation: str
    group: str
    role: Role
    standard: str
    part: str
    norm: str
    verdict: Verdict

    @property
    def key(self) -> tuple[str, Role, str, str]:
        """What the verdict is about."""
        return self.domain, self.role, self.standard, self.part


@dataclass(frozen=True, slots=True)
class Note:
    """Why a verdict is corrected or marked: the effect, and the reply that it comes from. ``due`` is a planned date, or an expiry."""

    effect: Effect
    reply: str
    due: date | None = None


@dataclass(frozen=True, slots=True)
class CorrectedRow:
    """A measured verdict, the corrected one beside it (None: the domain left the set), and why."""

    measured: VerdictRow
    verdict: Verdict | None
    notes: tuple[Note, ...] = ()

    def has(self, effect: Effect) -> bool:
        """Whether a reply had this effect."""
        return any(note.effect is effect for note in self.notes)

    @property
    def is_corrected(self) -> bool:
        """Whether the corrected figure differs from the measured one here, or counts it apart."""
        return any(note.effect in CORRECTING for note in self.notes)


Later = Mapping[tuple[str, Role, str, str], Verdict]


def corrected_rows(
    rows: Sequence[VerdictRow],
    replies: Iterable[Standing],
    measurements: Collection[str],
    later: Later | None = None,
    covered: Collection[tuple[str, str]] = (),
) -> tuple[CorrectedRow, ...]:
    """Correct verdicts by the replies as they stand on a day; rows keep their order.

    A dispute is about the observations of one measurement: it counts when that is among ``measurements`` (the ids of this measurement and
    of those it re-judges). ``later`` holds the verdicts of a later measurement. ``covered`` lists (standard, norm) whose parts together
    hold every rule that must be kept: there the whole follows when everything that failed in its parts was corrected.
    """
    of_domain: dict[tuple[str, str], list[Standing]] = {}
    for standing in replies:
        says = standing.reply.says
        if says.kind is not Kind.DISPUTE or standing.reply.measurement in measurements:
            of_domain.setdefault((says.organisation, says.domain), []).append(standing)
    done = [_corrected(row, of_domain.get((row.organisation, row.domain), ()), later or {}) for row in rows]
    return _with_wholes(done, covered)


def _corrected(row: VerdictRow, replies: Sequence[Standing], later: Later) -> CorrectedRow:
    """Correct one verdict. Of what was accepted the first of: not ours, dispute, leg uit; the rest only marks."""
    concerned = [one for one in replies if one.reply.says.concerns(row.standard, row.part, row.role)]
    held = {kind: one for kind in Kind for one in reversed(concerned) if one.holds and one.reply.says.kind is kind}
    if gone := held.get(Kind.NOT_OURS):
        return CorrectedRow(row, None, (_note(Effect.LEFT_SET, gone),))
    marks = _marks(row, concerned)
    if row.verdict is not Verdict.NON_COMPLIANT:
        return CorrectedRow(row, row.verdict, marks)
    if disputed := held.get(Kind.DISPUTE):
        return _disputed(row, disputed, later.get(row.key), marks)
    if explained := held.get(Kind.LEG_UIT):
        marks = (_note(Effect.EXPLAINED, explained), *marks)
    return CorrectedRow(row, row.verdict, marks)


def _disputed(row: VerdictRow, reply: Standing, later: Verdict | None, marks: tuple[Note, ...]) -> CorrectedRow:
    """Correct a verdict that was rightly disputed: we do not know, unless a later measurement does."""
    if later in {Verdict.COMPLIANT, Verdict.NON_COMPLIANT}:
        return CorrectedRow(row, later, (_note(Effect.MEASURED_AGAIN, reply), *marks))
    return CorrectedRow(row, Verdict.UNDETERMINED, (_note(Effect.UNDETERMINED, reply), *marks))


def _marks(row: VerdictRow, concerned: Iterable[Standing]) -> tuple[Note, ...]:
    """Mark what is disputed and not decided on yet, and what has a planned date."""
    notes = []
    for one in concerned:
        kind = one.reply.says.kind
        fails = row.verdict is Verdict.NON_COMPLIANT
        if one.outcome is Outcome.OPEN and (kind is Kind.NOT_OURS or (kind is Kind.DISPUTE and fails)):
            notes.append(_note(Effect.DISPUTED, one))
        if kind is Kind.PLANNED and fails and one.outcome is not Outcome.REJECTED:
            notes.append(_note(Effect.PLANNED, one))
    return tuple(notes)


def _note(effect: Effect, standing: Standing) -> Note:
    """Say that a reply has an effect."""
    return Note(effect, standing.reply.id, standing.reply.says.due)


def _with_wholes(rows: Sequence[CorrectedRow], covered: Collection[tuple[str, str]]) -> tuple[CorrectedRow, ...]:
    """Let the whole of a standard follow its parts, where the parts hold everything that the norm demands."""
    parts: dict[tuple[str, Role, str], list[CorrectedRow]] = {}
    of_standard = sorted((row for row in rows if row.measured.part), key=_standard_of)
    for key, group in groupby(of_standard, key=_standard_of):
        parts[key[0], Role(key[1]), key[2]] = list(group)
    return tuple(_whole(row, parts.get(row.measured.key[:3], ()), covered) for row in rows)


def _standard_of(row: CorrectedRow) -> tuple[str, str, str]:
    """Return what the parts of a standard have in common."""
    return row.measured.domain, row.measured.role.value, row.measured.standard


def _whole(row: CorrectedRow, parts: Sequence[CorrectedRow], covered: Collection[tuple[str, str]]) -> CorrectedRow:
    """Correct a whole that fails by its parts alone: every part that failed was corrected, so the whole is what the parts now say."""
    measured = row.measured
    failed = [part for part in parts if part.measured.verdict is Verdict.NON_COMPLIANT]
    follows = not measured.part and row.verdict is Verdict.NON_COMPLIANT and not row.is_corrected
    if not follows or not failed or (measured.standard, measured.norm) not in covered:
        return row
    marks = tuple(dict.fromkeys(note for part in failed for note in part.notes if note.effect not in CORRECTING))
    if not all(part.is_corrected for part in failed):
        return replace(row, notes=tuple(dict.fromkeys((*row.notes, *marks))))
    verdict = worst(part.verdict for part in parts if part.verdict is not None)
    # A part that is explained leaves the whole failing, and the whole is explained too; one that failed again when measured is not.
    if not all(part.has(Effect.EXPLAINED) for part in failed if part.verdict is Verdict.NON_COMPLIANT):
        return replace(row, notes=tuple(dict.fromkeys((*row.notes, *marks))))
    effects = (note for part in failed for note in part.notes if note.effect in CORRECTING)
    return replace(row, verdict=verdict, notes=tuple(dict.fromkeys((*effects, *row.notes, *marks))))
