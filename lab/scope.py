# SPDX-License-Identifier: EUPL-1.2
"""Which part of a plan is looked at: chosen domains, and the suppliers that many of them share."""

import random
from collections.abc import Iterable
from dataclasses import dataclass

from lab.plan import Plan

_SAMPLE = 60


class UnknownDomainError(ValueError):
    """A domain that was asked for is not in the plan."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The chosen domains; ``known`` are all of the scenario, to tell a supplier's name from that of a domain not chosen."""

    chosen: frozenset[str]
    known: frozenset[str]
    with_suppliers: bool

    def covers(self, name: str) -> bool:
        """Whether a name belongs to a chosen domain; what belongs to none is a supplier's."""
        labels = name.split(".")
        owner = next((".".join(labels[start:]) for start in range(len(labels)) if ".".join(labels[start:]) in self.known), None)
        return self.with_suppliers if owner is None else owner in self.chosen


def scope_of(plan: Plan, special: Iterable[str], only: Iterable[str] = ()) -> Scope:
    """Choose the domains asked for, or all special ones with a sample of the bulk that is the same every time."""
    known = frozenset(one.domain for one in plan.intended)
    asked = frozenset(only)
    if asked:
        if asked - known:
            raise UnknownDomainError(f"{', '.join(sorted(asked - known))}: not a domain of the lab")
        return Scope(asked, known, with_suppliers=False)
    chosen = known & frozenset(special)
    rest = sorted(known - chosen)
    sample = random.Random(len(rest)).sample(rest, min(_SAMPLE, len(rest)))  # noqa: S311 - repeatable on purpose, no secret
    return Scope(chosen | frozenset(sample), known, with_suppliers=True)
