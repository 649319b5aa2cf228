# SPDX-License-Identifier: EUPL-1.2
"""The figures as tables for machines and spreadsheets: one value in a cell, a row per thing that is counted."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from meetlat.analysis.share import Share
from meetlat.analysis.shortfalls import shortfalls
from meetlat.model.target import Role
from meetlat.publish.meting.figures import Figures
from meetlat.publish.meting.references import reference
from meetlat.publish.meting.replies import place
from meetlat.publish.meting.wording import Wording

Value = str | int | float | None
Row = tuple[Value, ...]

SHARE = ("compliant", "judged", "undetermined", "not_applicable", "share_judged", "share_all")
# Shares are fractions: 0.25 is a quarter. Differences of shares too.
FRACTIONS = frozenset(
    {
        *("share_judged", "share_all", "share_violated", "share_now", "share_mended", "difference", "low", "high"),
        *("corrected_share_judged", "corrected_share_all"),
        *("expected", "expected_low", "expected_high", "pace", "pace_needed"),
    }
)
_DECIMALS = 6


@dataclass(frozen=True, slots=True)
class DataTable:
    """One table: its id, its columns, and its rows, which are worked out when they are asked for."""

    id: str
    columns: tuple[str, ...]
    rows: Callable[[], Iterable[Row]]


def data_tables(folder: Path, figures: Figures, words: Wording) -> tuple[DataTable, ...]:
    """Return every table of the report; a table about what was not given is left out."""
    known = [
        DataTable("totals", ("group", "role", *SHARE, "trace"), lambda: _totals(figures)),
        DataTable(
            "standards", ("group", "role", "standard", "standard_name", "part", "counts", *SHARE, "trace"), lambda: _standards(figures)
        ),
        DataTable("sizes", ("group", "domains", "organisations", "web", "mail", "absent"), lambda: _sizes(figures)),
        DataTable("organisations", ("group", "organisation", "role", *SHARE, "trace"), lambda: _organisations(figures)),
        DataTable("requirements", _REQUIREMENTS, lambda: _requirements(figures)),
        DataTable("gaps", ("cause", "reason", "domains", "findings"), lambda: _gaps(figures)),
        DataTable("norms", ("standard_name", "norm", "since", "source"), lambda: _norms(figures)),
        DataTable("domains", ("domain", "organisation", "group", "web", "mail", "broken"), lambda: _domains(folder, figures)),
    ]
    if figures.ministries:
        known.append(DataTable("ministries", ("ministry", "role", *SHARE), lambda: _ministries(figures)))
    if figures.agreements:
        known.append(DataTable("agreements", _AGREEMENTS, lambda: _agreements(figures, words)))
    if figures.given.levers:
        known.append(DataTable("levers", _LEVERS, lambda: _levers(figures)))
    if figures.given.trend:
        known.append(DataTable("trend", ("measurement", "day", "set", "role", "standard", *SHARE), lambda: _trend(figures)))
        known.append(DataTable("growth", _GROWTH, lambda: _growth(figures)))
        known.append(DataTable("forecast", _FORECAST, lambda: _forecast(figures)))
    if figures.given.corrections:
        known.append(DataTable("corrected", _CORRECTED, lambda: _corrected(figures)))
        known.append(DataTable("corrections", _CORRECTIONS, lambda: _corrections(figures)))
    order = list(_ORDER)
    return tuple(sorted(known, key=lambda table: order.index(table.id)))


_REQUIREMENTS = (
    "rule",
    "title",
    "standard",
    "standard_name",
    "counts",
    "violated",
    "judged",
    "undetermined",
    "not_applicable",
    "share_violated",
)
_AGREEMENTS = (
    *("agreement", "agreement_name", "binds", "measurement", "group", "answered", "kept", "not_kept", "not_due"),
    *("judged", "undetermined", "not_applicable", "share_judged", "share_all"),
)
_LEVERS = ("supplier_kind", "supplier", "standard", "rule", "title", "role", "gain", "share_now", "share_mended")
_GROWTH = ("role", "standard", "was", "is_now", "judged", "left_out", "difference", "low", "high", "answer")
_FORECAST = (
    *("role", "standard", "agreed", "expected", "expected_low", "expected_high"),
    *("pace", "pace_needed", "outlook", "reached"),
)
_COUNTED = ("changed", "explained", "disputed", "planned")
_CORRECTED = ("group", "role", "standard", "part", *SHARE, *(f"corrected_{name}" for name in SHARE), *_COUNTED, "trace")
_CORRECTIONS = (
    *("reply", "organisation", "domain", "role", "standard", "part", "effect", "measured", "corrected", "kind"),
    *("replied", "decided", "due", "bound_by"),
)
_ORDER: Mapping[str, None] = MappingProxyType(
    dict.fromkeys(
        [
            *("totals", "standards", "sizes", "ministries", "agreements", "requirements", "levers", "trend", "growth", "forecast"),
            *("corrected", "corrections", "gaps", "norms", "organisations", "domains"),
        ]
    )
)


def _share(share: Share) -> Row:
    """Write a share with both its fractions."""
    fractions = (fraction(share.compliant, share.judged), fraction(share.compliant, share.total))
    return share.compliant, share.judged, share.undetermined, share.not_applicable, *fractions


def fraction(part: int, whole: int) -> float | None:
    """Divide; None when there is no whole."""
    return round(part / whole, _DECIMALS) if whole else None


def _totals(figures: Figures) -> Iterator[Row]:
    """Yield everything together, per group and role."""
    for view in figures.overview.roles:
        yield "", view.role.value, *_share(view.everything), reference(view.role)
        for row in view.groups:
            yield row.name, view.role.value, *_share(row.everything), reference(view.role, group=row.name)


def _standards(figures: Figures) -> Iterator[Row]:
    """Yield every standard with its parts for all groups together, and the standard as a whole per group."""
    for view in figures.overview.roles:
        for number, row in enumerate(view.rows):
            whose = (view.role.value, row.id, row.name)
            yield "", *whose, "", int(row.counts), *_share(row.share), reference(view.role, row.id)
            for part in row.parts:
                yield "", *whose, part.id, int(row.counts), *_share(part.share), reference(view.role, row.id, part.id)
            for group in view.groups:
                figure = reference(view.role, row.id, group=group.name)
                yield group.name, *whose, "", int(row.counts), *_share(group.shares[number]), figure


def _sizes(figures: Figures) -> Iterator[Row]:
    """Yield how large each group is."""
    for size in (figures.overview.total, *figures.overview.sizes):
        yield size.group or "", size.domains, size.organisations, size.web, size.mail, size.absent


def _organisations(figures: Figures) -> Iterator[Row]:
    """Yield how each organisation stands."""
    for one in figures.organisations:
        figure = reference(one.role, group=one.group, organisation=one.organisation)
        yield one.group, one.organisation, one.role.value, *_share(one.share), figure


def _ministries(figures: Figures) -> Iterator[Row]:
    """Yield how each ministry stands."""
    for one in figures.ministries:
        for role in Role:
            if role in one.shares:
                yield one.name, role.value, *_share(one.shares[role])


def _requirements(figures: Figures) -> Iterator[Row]:
    """Yield every requirement that is not kept somewhere."""
    for cause in figures.overview.causes:
        named = (cause.id, cause.title, cause.standard_id, cause.standard, int(cause.counts))
        share = cause.share
        yield (
            *named,
            share.non_compliant,
            share.judged,
            share.undetermined,
            share.not_applicable,
            fraction(share.non_compliant, share.judged),
        )


def _gaps(figures: Figures) -> Iterator[Row]:
    """Yield what could not be established."""
    for cause, gaps in figures.overview.gaps:
        for gap in gaps:
            yield cause.value, gap.reason, gap.domains, gap.findings


def _norms(figures: Figures) -> Iterator[Row]:
    """Yield the norms that were judged by."""
    for row in figures.overview.norms:
        yield row.standard, row.version, row.norm.effective.isoformat() if row.norm else "", row.norm.source if row.norm else ""


def _agreements(figures: Figures, words: Wording) -> Iterator[Row]:
    """Yield who keeps each agreement, for all groups together and per group; no fractions where part could not be told."""
    for one in figures.agreements:
        agreement = one.agreement
        binds = str(agreement.by or agreement.in_force or "")
        by = one.judged_by or figures.manifest.id
        for row in ((one.whole,) if one.whole else ()) + one.groups:
            share = row.share
            whose = (agreement.id, agreement.names[words.language], binds, by, row.group or "", int(row.is_answered))
            kept = share.compliant if row.is_answered else None
            counts = (kept, row.not_kept, row.not_due, share.judged, share.undetermined, share.not_applicable)
            whole = (share.judged, share.total) if row.is_answered else (0, 0)
            yield *whose, *counts, fraction(share.compliant, whole[0]), fraction(share.compliant, whole[1])


def _levers(figures: Figures) -> Iterator[Row]:
    """Yield what mending at shared suppliers gives."""
    for one in figures.given.levers or ():
        shares = (fraction(one.now.compliant, one.now.judged), fraction(one.mended.compliant, one.mended.judged))
        yield one.kind, one.supplier, one.standard, one.rule, one.title, one.role, one.domains, *shares


def _trend(figures: Figures) -> Iterator[Row]:
    """Yield every share of every measurement, for the whole list and for the panel."""
    view = figures.given.trend
    for number, moment in enumerate(view.moments if view else ()):
        for line in view.lines if view else ():
            for name, shares in (("full", line.full), ("panel", line.panel)):
                if (share := shares[number]) is not None:
                    yield moment.id, moment.day.isoformat(), name, line.role.value, line.key, *_share(share)


def _growth(figures: Figures) -> Iterator[Row]:
    """Yield the changes between the last two measurements."""
    for one in figures.given.trend.growth if figures.given.trend else ():
        points = tuple(round(value / 100, _DECIMALS) for value in (one.difference, one.low, one.high))
        yield one.role.value, one.key, one.was, one.is_now, one.judged, one.left_out, *points, one.answer


def _forecast(figures: Figures) -> Iterator[Row]:
    """Yield what is to be expected; paces are shares a year."""
    for one in figures.given.trend.forecasts if figures.given.trend else ():
        shares = [
            None if value is None else round(value / 100, _DECIMALS) for value in (*(one.expected or (None,) * 3), one.pace, one.needed)
        ]
        yield one.role.value, one.key, one.day.isoformat(), *shares, one.outlook, one.reached.isoformat() if one.reached else ""


def _corrected(figures: Figures) -> Iterator[Row]:
    """Yield every share as measured and as it is after the replies."""
    found = figures.given.corrections
    for line in (*found.composites, *found.standards) if found else ():
        role, figure = place(line)
        counts = tuple(getattr(line.noted, name) for name in _COUNTED)
        yield line.group or "", role.value, line.key, line.part, *_share(line.measured), *_share(line.corrected), *counts, figure


def _corrections(figures: Figures) -> Iterator[Row]:
    """Yield what each reply does; it names no person."""
    for one in figures.given.corrections.corrections if figures.given.corrections else ():
        yield (
            *(one.reply, one.organisation, one.domain, one.role.value, one.standard, one.part, one.effect.value, one.measured.value),
            *(one.corrected.value if one.corrected else "", one.kind.value, one.replied.isoformat()),
            *(one.decided.isoformat() if one.decided else "", one.due.isoformat() if one.due else "", " ".join(one.bound_by)),
        )


def _domains(folder: Path, figures: Figures) -> Iterator[Row]:
    """Yield every domain with what it falls short of."""
    for one in shortfalls(folder, figures.standards.values(), figures.manifest.run.norms):
        verdicts = (one.web.value if one.web else "", one.mail.value if one.mail else "")
        broken = " ".join(f"{rule.role.value}:{rule.rule}" for rule in one.broken)
        yield one.domain, one.organisation, one.group, *verdicts, broken
