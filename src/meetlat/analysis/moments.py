# SPDX-License-Identifier: EUPL-1.2
"""What an interval needs to know of targets that were judged at every point of a window, when those of one organisation move together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb

from meetlat.analysis.panels import query
from meetlat.analysis.trend import Key
from meetlat.model.target import Role


@dataclass(frozen=True, slots=True)
class Moments:
    """Sums over the organisations o of a line; n(o) is how many steady targets o has, c(o, p) how many of those comply at point p.

    ``compliant`` is the sum of c, ``squares`` of n n, ``with_size`` of c n, ``products`` of c(p) c(q); ``improved`` and ``regressed``
    compare the last point with the first.
    """

    points: tuple[int, ...]
    targets: int
    organisations: int
    squares: float
    compliant: tuple[int, ...]
    with_size: tuple[float, ...]
    products: Mapping[tuple[int, int], float]
    improved: int
    regressed: int

    def mean(self, weights: Sequence[float]) -> float:
        """Return the weighted sum of the shares at the points."""
        return sum(weight * count for weight, count in zip(weights, self.compliant, strict=True)) / self.targets

    def spread(self, weights: Sequence[float]) -> float:
        """Return the sum of squares, over organisations, of their weighted counts minus what these would be at the mean."""
        centre = self.mean(weights)
        both = sum(
            weights[row] * weights[column] * self.products[min(row, column), max(row, column)]
            for row in range(len(weights))
            for column in range(len(weights))
        )
        cross = sum(weight * value for weight, value in zip(weights, self.with_size, strict=True))
        return max(0.0, both - 2 * centre * cross + centre * centre * self.squares)


def moments_in(connection: duckdb.DuckDBPyConnection, points: Sequence[int]) -> Mapping[tuple[Key, str | None], Moments]:
    """Work out the moments of every line over a window of points, of all groups together (None) and of each."""
    window = tuple(points)
    gathered: dict[tuple[Key, str | None], list[tuple[float, ...]]] = {}
    for key, part, role, group, *numbers in connection.execute(query("trend_moments"), {"points": list(window)}).fetchall():
        gathered.setdefault((Key(key, part, Role(role)), group), []).append(tuple(numbers))
    return {line: _moments(window, rows) for line, rows in gathered.items()}


def _moments(window: tuple[int, ...], rows: Sequence[tuple[float, ...]]) -> Moments:
    """Put the rows of one line together: one for each pair of points."""
    place = {point: index for index, point in enumerate(window)}
    alone = {place[int(row[0])]: row for row in rows if row[0] == row[1]}
    *_, improved, regressed = rows[0]
    return Moments(
        points=window,
        targets=int(rows[0][2]),
        organisations=int(rows[0][3]),
        squares=rows[0][4],
        compliant=tuple(int(alone[index][5]) for index in range(len(window))),
        with_size=tuple(alone[index][6] for index in range(len(window))),
        products={(place[int(row[0])], place[int(row[1])]): row[7] for row in rows},
        improved=int(improved),
        regressed=int(regressed),
    )
