# SPDX-License-Identifier: EUPL-1.2
"""A standard: what the register says of it, and, when it can be measured, its rules."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from meetlat.model.evidence import Evidence, Need
from meetlat.model.finding import Finding
from meetlat.model.norm import Norm
from meetlat.model.registration import Registration
from meetlat.model.target import Role, Target

NeedsFunction = Callable[[Target, Evidence], Iterable[Need]]
RuleFunction = Callable[[Target, Evidence, Norm], Iterable[Finding]]


@dataclass(frozen=True, slots=True, eq=False)
class Standard:
    """One folder of ``meetlat.standards``, read. Without rules ``not_measured`` says in each language why."""

    id: str
    names: Mapping[str, str]
    summaries: Mapping[str, str]
    part_names: Mapping[str, Mapping[str, str]]
    roles: tuple[Role, ...]
    composites: tuple[str, ...]
    registration: Registration
    norms: tuple[Norm, ...]
    needs: NeedsFunction | None
    rules: Mapping[str, RuleFunction]
    folder: Path
    not_measured: Mapping[str, str] = field(default_factory=dict)

    def norm_on(self, day: date) -> Norm | None:
        """Return the norm in force on a day, or None when the standard asked nothing yet."""
        return next((norm for norm in self.norms if norm.in_force(day)), None)

    def norm(self, version: str) -> Norm | None:
        """Return the norm with this version, or None."""
        return next((norm for norm in self.norms if norm.version == version), None)
