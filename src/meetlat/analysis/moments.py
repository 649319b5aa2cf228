# SPDX-License-Identifier: EUPL-1.2
"""What an interval needs to know of targets that were judged at every point of a window, when those of one organisation move together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb

from meetlat.analysis.database import query
from meetlat.analysis.trend import Key
from meetlat.model.target import Role

Pattern = tuple[bool, ...]  # whether a target complied, at each point of the window


@dataclass(frozen=True, slots=True)
class Moments:
    """How the targets of a line moved over a window; a target moves by the sum of ``weights`` at the points at which it complied.

    ``patterns`` counts the targets by where they complied. Over organisations, ``squares`` is the sum of the squares of their numbers of
    targets, and ``between`` the sum of (what their targets moved together) ** 2 / (their number).
    """

    points: tuple[int, ...]
    weights: tuple[float, ...]
    patterns: Mapping[Pattern, int]
    organisations: int
    squares: float
    between: float

    @property
    def targets(self) -> int:
        """How many targets were judged at every point."""
        return sum(self.patterns.values())

    @property
    def compliant(self) -> tuple[int, ...]:
        """How many of them complied at each point."""
        return tuple(sum(number for pattern, number in self.patterns.items() if pattern[at]) for at in range(len(self.points)))

    @property
    def improved(self) -> int:
        """How many comply at the last point and did not at the first."""
        return sum(number for pattern, number in self.patterns.items() if pattern[-1] and not pattern[0])

    @property
    def regressed(self) -> int:
        """How many complied at the first point and do not at the last."""
        return sum(number for pattern, number in self.patterns.items() if pattern[0] and not pattern[-1])

    @property
    def mean(self) -> float:
        """How far a target moved, on average."""
        return sum(number * self._moved(pattern) for pattern, number in self.patterns.items()) / self.targets

    @property
    def apart(self) -> float:
        """The sum of the squares of how far targets moved apart from that mean."""
        return self._squared - self.targets * self.mean**2

    @property
    def alike(self) -> float:
        """How alike the targets of one organisation move: 0 not at all, 1 wholly (intra-class correlation, by analysis of variance).

        Where the data cannot tell, because nothing moved or all moved the same, they are taken to move as one.
        """
        organisations, targets = self.organisations, self.targets
        if organisations in {1, targets}:
            return 1.0
        between = (self.between - targets * self.mean**2) / (organisations - 1)
        within = (self._squared - self.between) / (targets - organisations)
        size = (targets - self.squares / targets) / (organisations - 1)
        whole = between + (size - 1) * within
        return min(1.0, max(0.0, (between - within) / whole)) if whole > 0 else 1.0

    @property
    def design_effect(self) -> float:
        """How many targets say as much as one would that moves on its own (Kish 1965)."""
        return 1 + (self.squares / self.targets - 1) * self.alike

    @property
    def _squared(self) -> float:
        """The sum of the squares of how far each target moved."""
        return sum(number * self._moved(pattern) ** 2 for pattern, number in self.patterns.items())

    def _moved(self, pattern: Pattern) -> float:
        """Return how far a target with this pattern moved."""
        return sum(weight for weight, complied in zip(self.weights, pattern, strict=True) if complied)


def moments_in(
    connection: duckdb.DuckDBPyConnection, points: Sequence[int], weights: Sequence[float] | None = None
) -> Mapping[tuple[Key, str | None], Moments]:
    """Work out the moments of every line over a window of points, of all groups together (None) and of each.

    Without weights a target moves from the first point to the last: 1 when it improved, -1 when it regressed.
    """
    window = tuple(points)
    chosen = tuple(weights) if weights is not None else (-1.0, *(0.0,) * (len(window) - 2), 1.0)
    patterns: dict[tuple[Key, str | None], dict[Pattern, int]] = {}
    whole: dict[tuple[Key, str | None], tuple[int, float, float]] = {}
    rows = connection.execute(query("trend_moments"), {"points": list(window), "weights": list(chosen)}).fetchall()
    for key, part, role, group, bits, number, *of_line in rows:
        line = (Key(key, part, Role(role)), group)
        patterns.setdefault(line, {})[tuple(bool(bits >> at & 1) for at in range(len(window)))] = number
        whole[line] = (of_line[0], of_line[1], of_line[2])
    return {line: Moments(window, chosen, found, *whole[line]) for line, found in patterns.items()}
