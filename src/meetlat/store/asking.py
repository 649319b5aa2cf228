# SPDX-License-Identifier: EUPL-1.2
"""Under which name a measurement asked others, whom it left alone, and how much it might ask."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Asking:
    """How a measurement went out. A contact can be a person's address: it stands in ``run.json``, and no publication reads that.

    Of the list of those who want to be left alone only the number of prefixes and a digest are kept. ``limits`` are the rates and numbers
    of the gate by their names. ``budgets`` are the most connections each time that it went out, None for no such limit; a budget
    like the one before it is not named again.
    """

    contact: str
    ehlo_name: str
    opt_out_prefixes: int
    opt_out_sha256: str
    limits: Mapping[str, float]
    budgets: tuple[int | None, ...]

    def differences(self, begun: Self) -> list[str]:
        """Name what would be asked otherwise than it was begun, with how that was. A budget ends the asking, and changes none of it."""
        found = []
        if self.contact != begun.contact:
            found.append(f"contact {begun.contact!r}")
        if self.ehlo_name != begun.ehlo_name:
            found.append(f"ehlo_name {begun.ehlo_name!r}")
        if (self.opt_out_prefixes, self.opt_out_sha256) != (begun.opt_out_prefixes, begun.opt_out_sha256):
            found.append(f"opt_out ({begun.opt_out_prefixes} prefixes)")
        return found + [f"{name} {limit}" for name, limit in begun.limits.items() if self.limits.get(name) != limit]

    def followed_by(self, later: Self) -> Self:
        """Return how it was asked when a run went on: as it began, with the budget of the later time behind the others."""
        if self.budgets[-1:] == later.budgets[-1:]:
            return self
        return replace(self, budgets=(*self.budgets, *later.budgets[-1:]))


def asking_to_json(asking: Asking | None) -> dict[str, Any] | None:
    """Write it as a JSON object; None for a measurement of which it is not known."""
    return asdict(asking) if asking else None


def asking_from_json(value: Mapping[str, Any] | None) -> Asking | None:
    """Read it; an older measurement does not say it. Raises KeyError, TypeError or ValueError for what is no such thing."""
    if value is None:
        return None
    return Asking(**{**value, "limits": dict(value["limits"]), "budgets": tuple(value["budgets"])})
