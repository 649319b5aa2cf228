# SPDX-License-Identifier: EUPL-1.2
"""What one rule says of one subject."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from meetlat.model.evidence import Cause, Evidence, Failure, Need


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
    failed = [(seen.get(need), need) for need in needs]
    gaps = [
        (failure, need, observation.detail if observation else "")
        for observation, need in failed
        if (failure := observation.failure if observation else Failure.NOT_ASKED) is not None
    ]
    if not gaps:
        arguments = {"need": ", ".join(map(str, needs)), "detail": ""}
        return Finding(rule, subject, Status.UNDETERMINED, needs, "incomplete", arguments, Cause.THEIRS)
    failure, need, detail = min(gaps, key=lambda gap: _BLAME.index(gap[0].cause))
    return Finding(rule, subject, Status.UNDETERMINED, needs, failure.value, {"need": str(need), "detail": detail}, failure.cause)


_BLAME = (Cause.OURS, Cause.PATH, Cause.THEIRS)
