# SPDX-License-Identifier: EUPL-1.2
"""A number with what it is a share of."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Share:
    """Compliant out of judged, how many could not be judged, and how many there was nothing to judge of.

    ``judged`` counts compliant and non-compliant targets only.
    """

    compliant: int
    judged: int
    undetermined: int
    not_applicable: int

    @property
    def non_compliant(self) -> int:
        """How many were judged and fell short."""
        return self.judged - self.compliant

    @property
    def total(self) -> int:
        """How many targets there are, judged or not."""
        return self.judged + self.undetermined + self.not_applicable

    @property
    def percentage_of_judged(self) -> float | None:
        """Compliant as a percentage of what was judged; None when nothing was. This is what Meetlat reports."""
        return 100 * self.compliant / self.judged if self.judged else None

    @property
    def percentage_of_all(self) -> float | None:
        """Compliant as a percentage of all targets, judged or not: how the Internet.nl dashboard computes it."""
        return 100 * self.compliant / self.total if self.total else None

    def __add__(self, other: "Share") -> "Share":
        """Take two shares together."""
        return Share(
            self.compliant + other.compliant,
            self.judged + other.judged,
            self.undetermined + other.undetermined,
            self.not_applicable + other.not_applicable,
        )
