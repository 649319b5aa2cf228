# SPDX-License-Identifier: EUPL-1.2
"""One version of what a standard asks, and the fold of findings under it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum

from meetlat.model.finding import Finding, Status


class Obligation(Enum):
    """What a violated rule does to the verdict: everything, a warning, a remark."""

    MUST = "must"
    SHOULD = "should"
    INFO = "info"


class Verdict(Enum):
    """Where a target stands on a standard under one norm."""

    COMPLIANT = "compliant"
    NON_COMPLIANT = "non_compliant"
    NOT_APPLICABLE = "not_applicable"
    UNDETERMINED = "undetermined"


@dataclass(frozen=True, slots=True, eq=False)  # each is itself, so that what is worked out of it can be kept
class Norm:
    """One version of what a standard asks: in force from ``effective`` until ``until`` (not included; None is still in force).

    ``parts`` maps the id of a part to the rules it is folded from.
    """

    standard: str
    version: str
    effective: date
    until: date | None
    source: str
    rules: Mapping[str, Obligation]
    parts: Mapping[str, tuple[str, ...]]
    parameters: Mapping[str, object]

    def in_force(self, day: date) -> bool:
        """Whether the norm holds on this day."""
        return self.effective <= day and (self.until is None or day < self.until)

    def number(self, name: str) -> int:
        """Return a whole-number parameter; KeyError or TypeError mean that the norm file is wrong."""
        value = self.parameters[name]
        if not isinstance(value, int):
            raise TypeError(f"{self.standard} {self.version}: parameter {name} must be a whole number")
        return value

    def text(self, name: str) -> str:
        """Return a parameter that is a word; KeyError or TypeError mean that the norm file is wrong."""
        value = self.parameters[name]
        if not isinstance(value, str):
            raise TypeError(f"{self.standard} {self.version}: parameter {name} must be text")
        return value

    def flag(self, name: str) -> bool:
        """Return a parameter that is true or false; KeyError or TypeError mean that the norm file is wrong."""
        value = self.parameters[name]
        if not isinstance(value, bool):
            raise TypeError(f"{self.standard} {self.version}: parameter {name} must be true or false")
        return value

    def words(self, name: str) -> tuple[str, ...]:
        """Return a parameter that is a list of words; KeyError or TypeError mean that the norm file is wrong."""
        value = self.parameters[name]
        if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
            raise TypeError(f"{self.standard} {self.version}: parameter {name} must be a list of words")
        return tuple(value)


def fold(statuses: Iterable[Status]) -> Verdict:
    """Fold statuses into a verdict. A gap in our knowledge is never a pass or a fail."""
    seen = set(statuses)
    if Status.VIOLATED in seen:
        return Verdict.NON_COMPLIANT
    if Status.UNDETERMINED in seen or not seen:
        return Verdict.UNDETERMINED
    return Verdict.COMPLIANT if Status.SATISFIED in seen else Verdict.NOT_APPLICABLE


def verdict(norm: Norm, findings: Iterable[Finding], part: str = "") -> Verdict:
    """Fold the findings of the must rules of a norm, or of one of its parts, into a verdict."""
    counted = norm.parts[part] if part else tuple(norm.rules)
    must = {rule for rule in counted if norm.rules[rule] is Obligation.MUST}
    return fold(finding.status for finding in findings if finding.rule in must)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Fold the verdicts of several standards into one: all kept, or what stands in the way."""
    seen = set(verdicts)
    for verdict_ in (Verdict.NON_COMPLIANT, Verdict.UNDETERMINED, Verdict.COMPLIANT):
        if verdict_ in seen:
            return verdict_
    return Verdict.NOT_APPLICABLE if seen else Verdict.UNDETERMINED
