# SPDX-License-Identifier: EUPL-1.2
"""How shares went over the measurements of a series, on the full set and on the same targets; and who got better or worse."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache

import duckdb

from meetlat.analysis.database import query
from meetlat.analysis.panels import opened
from meetlat.analysis.series import Series
from meetlat.analysis.share import Share
from meetlat.model.norm import Verdict
from meetlat.model.standard import Standard
from meetlat.model.target import Role

_About = tuple[str, str, str, str | None, int | None]  # key, part, role, group, number of the organisation


@dataclass(frozen=True, slots=True)
class Key:
    """What a line is about: a standard or a composite (iv-web, iv-mail), the whole (``part`` empty) or a part of it, in one role."""

    key: str
    part: str
    role: Role

    @property
    def is_composite(self) -> bool:
        """Whether it is everything that is agreed for a role."""
        return self.key.startswith("iv-")


@dataclass(frozen=True, slots=True)
class TrendLine:
    """The shares of one line at every point; None where it was not judged. ``organisation`` None is the whole group, ``group`` None all.

    An organisation that has an id in the lists is followed by it, under its newest name; one without an id by its name.
    ``full`` counts every target of that point, ``panel`` the targets that were on the list at every point, and ``pairs`` those of two
    points that follow each other: the share at the first and at the second.
    """

    key: Key
    group: str | None
    organisation: str | None
    full: tuple[Share | None, ...]
    panel: tuple[Share | None, ...]
    pairs: tuple[tuple[Share | None, Share | None], ...]
    organisation_id: str | None = None


@dataclass(frozen=True, slots=True)
class Trend:
    """Every line of a series: web before mail, the whole before its groups, a group before its organisations."""

    series: Series
    lines: tuple[TrendLine, ...]

    def line(self, key: Key, group: str | None = None, organisation: str | None = None) -> TrendLine | None:
        """Return one line."""
        wanted = (key, group, organisation)
        return next((one for one in self.lines if (one.key, one.group, one.organisation) == wanted), None)


@dataclass(frozen=True, slots=True)
class Movement:
    """One target whose verdict at a point is another than at the point before; ``was_before``: it had this verdict earlier already."""

    point: int
    key: Key
    domain: str
    organisation: str
    group: str
    was: Verdict
    is_now: Verdict
    was_before: bool

    @property
    def is_improvement(self) -> bool:
        """Whether it fell short and complies now."""
        return (self.was, self.is_now) == (Verdict.NON_COMPLIANT, Verdict.COMPLIANT)

    @property
    def is_regression(self) -> bool:
        """Whether it complied and falls short now."""
        return (self.was, self.is_now) == (Verdict.COMPLIANT, Verdict.NON_COMPLIANT)


def trend(series: Series, standards: Collection[Standard], *, organisations: bool = True) -> Trend:
    """Count every line of a series, those of organisations only when asked. Raises MeasurementError."""
    with opened(series, standards) as connection:
        return trend_in(connection, series, organisations=organisations)


def trend_in(connection: duckdb.DuckDBPyConnection, series: Series, *, organisations: bool = True, details: bool = True) -> Trend:
    """Count every line of a series that ``panels.opened`` opened.

    Without ``details`` parts are left out, and of organisations everything but the composites.
    """
    points = len(series.points)
    asked = {"organisations": organisations, "details": details, "points": points}
    found: dict[_About, list[Share | None]] = {}
    share = cache(Share)  # most organisations are small, and have the same counts as others
    for slot, *about, compliant, judged, undetermined, not_applicable in connection.execute(query("trend_lines"), asked).fetchall():
        line = tuple(about)
        if line not in found:
            found[line] = [None] * (2 * points + 2 * (points - 1))
        found[line][slot] = share(compliant, judged, undetermined, not_applicable)
    whose: dict[int | None, tuple[str | None, str | None]] = {None: (None, None)}
    whose |= {
        number: (name, id_) for number, name, id_ in connection.execute("select organisation, name, id from organisations").fetchall()
    }
    keys = {about: Key(about[0], about[1], Role(about[2])) for about in {line[:3] for line in found}}
    lines = [_line(keys[line[:3]], line[3], whose[line[4]], slots, points) for line, slots in found.items()]
    return Trend(series, tuple(sorted(lines, key=_place)))


def _line(key: Key, group: str | None, whose: tuple[str | None, str | None], slots: Sequence[Share | None], points: int) -> TrendLine:
    """Put the shares of one line in the order of time; what each slot is stands in trend_lines.sql."""
    pairs = slots[2 * points :]
    return TrendLine(
        key,
        group,
        whose[0],
        full=tuple(slots[:points]),
        panel=tuple(slots[points : 2 * points]),
        pairs=tuple(zip(pairs[::2], pairs[1::2], strict=True)),
        organisation_id=whose[1],
    )


def _place(line: TrendLine) -> tuple[bool, str, str, str, str, str]:
    """Return what lines are sorted by: no group and no organisation before those with a name."""
    key = line.key
    return key.role is not Role.WEB, key.key, key.part, line.group or "", line.organisation or "", line.organisation_id or ""


def movements(series: Series, standards: Collection[Standard]) -> tuple[Movement, ...]:
    """List every change of verdict between points that follow each other, composites as well. Raises MeasurementError."""
    with opened(series, standards) as connection:
        return movements_in(connection)


def movements_in(connection: duckdb.DuckDBPyConnection) -> tuple[Movement, ...]:
    """List the changes of a series that ``panels.opened`` opened."""
    rows = connection.execute(query("movements")).fetchall()
    return tuple(
        Movement(point, Key(key, part, Role(role)), domain, organisation, group, Verdict(was), Verdict(is_now), was_before)
        for point, role, key, part, domain, organisation, group, was, is_now, was_before in rows
    )
