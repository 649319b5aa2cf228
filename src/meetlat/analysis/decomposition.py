# SPDX-License-Identifier: EUPL-1.2
"""Split the change of a share between two measurements into what the world did, what the norm did and what the set did; exactly.

The split is that of Shapley: the mean over every order in which the causes can come. See docs/method/trend.md.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from functools import cache
from math import factorial, lcm
from pathlib import Path

import duckdb

from meetlat.analysis.database import connected, query
from meetlat.analysis.panels import NEEDED, add_composites, add_verdicts, list_targets, make_cells
from meetlat.analysis.series import Point, Series, read_series
from meetlat.analysis.share import Share
from meetlat.analysis.trend import Key
from meetlat.model.norm import Verdict
from meetlat.model.standard import Standard
from meetlat.model.target import Role

_ORDER = (Verdict.COMPLIANT, Verdict.NON_COMPLIANT, Verdict.UNDETERMINED, Verdict.NOT_APPLICABLE)
Four = tuple[Verdict | None, Verdict | None, Verdict | None, Verdict | None]  # s00, s01, s10, s11: evidence, then norm


class Part(Enum):
    """What can change a share. The first three are what the world did to targets of both measurements, the last two what the set did."""

    COLOUR = "colour"  # compliant became non-compliant, or the reverse
    UNDETERMINED = "undetermined"  # could be judged no longer, or again
    NOT_APPLICABLE = "not_applicable"  # there was nothing to judge any more, or there was now
    NORM = "norm"  # the same evidence, another norm
    GONE = "gone"
    CAME = "came"


class Ways(Enum):
    """On which evidence the effect of the norm was seen."""

    SAME_NORM = "same_norm"
    BOTH = "both"  # the mean of old and new evidence (Shapley)
    OLD_EVIDENCE = "old_evidence"  # the norm comes first, then the rest under the new norm
    NEW_EVIDENCE = "new_evidence"  # the norm comes last


class Denominator(Enum):
    """What a share is taken of: what was judged (ours), or everything in the set (as the Internet.nl dashboard does)."""

    JUDGED = "judged"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Decomposition:
    """The change of one share on the full set, in exact parts that add up to it."""

    key: Key
    group: str | None
    ways: Ways
    denominator: Denominator
    before: Share
    after: Share
    parts: Mapping[Part, Fraction]

    @property
    def total(self) -> Fraction:
        """The whole change of the share."""
        return sum(self.parts.values(), Fraction(0))

    @property
    def world(self) -> Fraction:
        """What the world did to targets of both measurements."""
        return sum((self.parts[part] for part in (Part.COLOUR, Part.UNDETERMINED, Part.NOT_APPLICABLE)), Fraction(0))

    @property
    def set(self) -> Fraction:
        """What targets did that came or went."""
        return self.parts[Part.GONE] + self.parts[Part.CAME]


def decomposition(
    before: Path,
    after: Path,
    standards: Collection[Standard],
    rejudged: Iterable[Path] = (),
    denominator: Denominator = Denominator.JUDGED,
) -> tuple[Decomposition, ...]:
    """Split the changes between two measurements, of all groups together and each. Raises SeriesError and MeasurementError.

    A line of which nothing was judged in one of the two has no share, so no change, and is left out.
    """
    return decomposition_of(read_series((before, after), rejudged), 0, standards, denominator)


def decomposition_of(
    series: Series, first: int, standards: Collection[Standard], denominator: Denominator = Denominator.JUDGED
) -> tuple[Decomposition, ...]:
    """Split the changes from one point of a series to the next."""
    before, after = series.points[first], series.points[first + 1]
    counted = _Judgements(before, after)
    with connected(counted.folders, NEEDED) as connection:
        rows = _counts(connection, counted, standards, series.standards)
    found: dict[tuple[Key, str | None], list[tuple[Four, int]]] = {}
    for key, part, role, group, *said, number in rows:
        s00, s01, s10, s11 = (Verdict(one) if one else None for one in said)
        four = (s00, s00, s11, s11) if counted.is_one_norm else (s00, s01, s10, s11)
        found.setdefault((Key(key, part, Role(role)), group), []).append((four, number))
    ways = {key.key: counted.ways(_of(key.key, standards, series.standards)) for key, _ in found}
    order = sorted(found, key=lambda line: (line[0].role is not Role.WEB, line[0].key, line[0].part, line[1] is not None, line[1] or ""))
    split_ = (split(key, group, found[key, group], ways[key.key], denominator) for key, group in order)
    return tuple(one for one in split_ if one is not None)


def split(key: Key, group: str | None, rows: Sequence[tuple[Four, int]], ways: Ways, denominator: Denominator) -> Decomposition | None:
    """Split the change of one line, given how many targets have which four verdicts."""
    everything = frozenset(Part)
    sets = _Sets(rows)
    before, after = sets.share(frozenset()), sets.share(everything)
    of_before = _fraction(before, denominator)
    if of_before is None or _fraction(after, denominator) is None:
        return None

    @cache
    def value(happened: frozenset[Part]) -> Fraction:
        """The share when only these causes have happened; where nothing would be judged, it is taken to be as it was."""
        of_then = _fraction(sets.share(happened), denominator)
        return of_before if of_then is None else of_then

    players = [part for part in Part if part is not Part.NORM]
    parts = dict.fromkeys(Part, Fraction(0))
    match ways:
        case Ways.SAME_NORM:
            parts |= shapley(players, value)
        case Ways.BOTH:
            parts |= shapley(list(Part), value)
        case Ways.OLD_EVIDENCE:
            parts[Part.NORM] = value(frozenset({Part.NORM})) - value(frozenset())
            parts |= shapley(players, lambda happened: value(happened | {Part.NORM}))
        case Ways.NEW_EVIDENCE:
            parts |= shapley(players, value)
            parts[Part.NORM] = value(everything) - value(everything - {Part.NORM})
    return Decomposition(key, group, ways, denominator, before, after, parts)


def shapley(players: Sequence[Part], value: Callable[[frozenset[Part]], Fraction]) -> dict[Part, Fraction]:
    """Give each player the mean of what it adds, over every order in which the players can come (Shapley 1953).

    Counted in whole numbers over one denominator, which is as exact as adding the fractions one by one, and quicker.
    """
    count = len(players)
    some = range(1 << count)  # bit i says whether player i is there
    values = [value(frozenset(player for at, player in enumerate(players) if there >> at & 1)) for there in some]
    whole = lcm(*(each.denominator for each in values))
    scaled = [each.numerator * (whole // each.denominator) for each in values]
    orders = [factorial(size) * factorial(count - size - 1) for size in range(count)]  # in which these come before the player
    shares = {}
    for at, player in enumerate(players):
        added = (orders[there.bit_count()] * (scaled[there | 1 << at] - scaled[there]) for there in some if not there >> at & 1)
        shares[player] = Fraction(sum(added), whole * factorial(count))
    return shares


class _Judgements:
    """Which folder holds which of the four judgements of each standard."""

    def __init__(self, before: Point, after: Point) -> None:
        old, new = before.versions[0], after.versions[0]
        self.same = {one for one in old.norms.keys() & new.norms.keys() if old.norms[one] == new.norms[one]}
        self.both = old.norms.keys() & new.norms.keys()
        self.sources: list[dict[str, Path]] = [dict.fromkeys(self.both, old.folder), {}, {}, dict.fromkeys(self.both, new.folder)]
        # When nothing was judged by another norm, what the other norms would have said is what was said: it is not read.
        self.is_one_norm = self.same == self.both
        for slot, point, asked in () if self.is_one_norm else ((1, before, new.norms), (2, after, old.norms)):
            for version in point.versions:
                for standard in sorted(self.both):
                    if version.norms.get(standard) == asked[standard]:
                        self.sources[slot].setdefault(standard, version.folder)
        self.targets = [old.folder, old.folder, new.folder, new.folder]
        # Everything that is read, the newest last.
        read = {old.folder, *(folder for sources in self.sources for folder in sources.values())}
        self.folders = [*sorted(read - {new.folder}), new.folder]

    def ways(self, standards: Collection[str]) -> Ways:
        """Say on which evidence the norm of these standards together can be seen to work."""
        if all(standard in self.same for standard in standards):
            return Ways.SAME_NORM
        old, new = (all(standard in self.sources[slot] for standard in standards) for slot in (1, 2))
        if old and new:
            return Ways.BOTH
        return Ways.OLD_EVIDENCE if old else Ways.NEW_EVIDENCE


def _of(key: str, standards: Collection[Standard], judged: Collection[str]) -> tuple[str, ...]:
    """Return the standards that a line is made of."""
    counted = tuple(standard.id for standard in standards if key in standard.composites and standard.id in judged)
    return counted or (key,)


def _counts(
    connection: duckdb.DuckDBPyConnection, counted: _Judgements, standards: Collection[Standard], judged: Collection[str]
) -> list[tuple[str, str, str, str | None, str | None, str | None, str | None, str | None, int]]:
    """Count the targets by their four verdicts."""
    list_targets(connection, counted.targets)
    make_cells(connection, counted.folders)
    for slot, sources in enumerate(counted.sources):
        for folder in sorted(set(sources.values())):
            add_verdicts(connection, slot, folder, [standard for standard, source in sources.items() if source == folder])
    whole = set(judged) & counted.both
    add_composites(connection, standards, whole)
    for slot, sources in enumerate(counted.sources):
        # Of one norm the other slots are empty anyway. A composite of which a member has no such judgement has none either.
        for composite in sorted({one for standard in standards if standard.id in whole - sources.keys() for one in standard.composites}):
            connection.execute("delete from cells where point = $slot and key = $composite", {"slot": slot, "composite": composite})
    return connection.execute(query("decomposition_counts")).fetchall()


class _Sets:
    """The set as it would be if only some causes had happened. Under one of the norms each target turns by one cause, or by none."""

    def __init__(self, rows: Sequence[tuple[Four, int]]) -> None:
        self._counts = tuple(self._by_part(rows, by_new_norm=by_new_norm) for by_new_norm in (False, True))

    def share(self, happened: Collection[Part]) -> Share:
        """Count it."""
        by_part = self._counts[Part.NORM in happened]
        columns = zip(*(turned[part in happened] for part, turned in by_part.items()), strict=True)
        compliant, non_compliant, undetermined, not_applicable = map(sum, columns)
        return Share(compliant, compliant + non_compliant, undetermined, not_applicable)

    @staticmethod
    def _by_part(rows: Sequence[tuple[Four, int]], *, by_new_norm: bool) -> Mapping[Part, tuple[list[int], list[int]]]:
        """Count the targets that each cause turns, by their verdict before it and after it."""
        counts: dict[Part, tuple[list[int], list[int]]] = {part: ([0] * len(_ORDER), [0] * len(_ORDER)) for part in Part}
        for four, number in rows:
            part, was, is_now = _turn(four, by_new_norm=by_new_norm)
            for turned, verdict in zip(counts[part], (was, is_now), strict=True):
                if verdict is not None:
                    turned[_ORDER.index(verdict)] += number
        return counts


def _turn(four: Four, *, by_new_norm: bool) -> tuple[Part, Verdict | None, Verdict | None]:
    """Say which cause turns a target under one of the norms, from which verdict to which; None when it is not in the set then."""
    s00, s01, s10, s11 = four
    old, new = (s01, s11) if by_new_norm else (s00, s10)
    if s11 is None and s10 is None:
        return Part.GONE, old or s00, None
    if s00 is None and s01 is None:
        return Part.CAME, None, new or s11
    if old is None or new is None:  # this norm was not tried on this evidence: only asked when nothing, or everything else, has happened
        return Part.COLOUR, old or new, old or new
    return _part(old, new), old, new


def _part(old: Verdict, new: Verdict) -> Part:
    """Say what kind of change of verdict this is."""
    if Verdict.UNDETERMINED in {old, new}:
        return Part.UNDETERMINED
    return Part.NOT_APPLICABLE if Verdict.NOT_APPLICABLE in {old, new} else Part.COLOUR


def _fraction(share: Share, denominator: Denominator) -> Fraction | None:
    """Return a share as an exact fraction; None when there is nothing to take a share of."""
    whole = share.judged if denominator is Denominator.JUDGED else share.total
    return Fraction(share.compliant, whole) if whole else None
