# SPDX-License-Identifier: EUPL-1.2
"""What one rule says of one subject."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from meetlat.model.evidence import Cause, Evidence, Failure, Need, Observation


class Status(Enum):
    """The four outcomes of a rule."""

    SATISFIED = "satisfied"
    VIOLATED = "violated"
    NOT_APPLICABLE = "not_applicable"
    UNDETERMINED = "undetermined"


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule, one subject, with the needs it rests on.

    ``reason`` is a short code that picks the sentence in the guidance (``violated/no-record``); ``arguments`` fill that sentence.
    ``cause`` is there exactly when the status is undetermined.
    """

    rule: str
    subject: str
    status: Status
    needs: tuple[Need, ...] = ()
    reason: str = ""
    arguments: Mapping[str, str] = field(default_factory=dict)
    cause: Cause | None = None

    def __post_init__(self) -> None:
        """Refuse an unknown without a cause, and a cause without an unknown."""
        if (self.status is Status.UNDETERMINED) != (self.cause is not None):
            raise ValueError(f"{self.rule} {self.subject}: a cause belongs to undetermined, and only to it")


def unanswered(rule: str, subject: str, seen: Evidence, *needs: Need) -> Finding:
    """Make the finding for a rule whose needs got no (sufficient) answer: undetermined, by the failure that is most our own."""
    gaps = [gap for need in needs if (gap := _gap(need, seen.get(need))) is not None]
    if not gaps:
        arguments = {"need": ", ".join(map(str, needs)), "detail": ""}
        return Finding(rule, subject, Status.UNDETERMINED, needs, "incomplete", arguments, Cause.THEIRS)
    cause, failure, arguments = min(gaps, key=lambda gap: _BLAME.index(gap[0]))
    return Finding(rule, subject, Status.UNDETERMINED, needs, failure.value, arguments, cause)


_BLAME = (Cause.OURS, Cause.PATH, Cause.THEIRS)


def _gap(need: Need, observation: Observation | None) -> tuple[Cause, Failure, dict[str, str]] | None:
    """Say whose doing it is that a need has no answer, what happened, and what fills the sentence on it; None when it has an answer."""
    if observation is None:
        return Cause.OURS, Failure.NOT_ASKED, {"need": str(need), "detail": ""}
    if observation.failure is None or observation.cause is None:
        return None
    return observation.cause, observation.failure, {"need": str(need), "detail": observation.detail}
