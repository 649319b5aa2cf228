# SPDX-License-Identifier: EUPL-1.2
"""The rows of each table of the open data, from measurements and from the register, a part of them at a time in memory."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from types import MappingProxyType

import pyarrow as pa
import pyarrow.compute as pc

from meetlat.analysis.agreements import agreement_indicators, domain_states
from meetlat.analysis.open_rows import all_figures, finding_rows, judged_rules, target_rows, verdict_rows
from meetlat.model.agreement import Agreement
from meetlat.model.registration import UNKNOWN, Registration
from meetlat.model.standard import Standard
from meetlat.publish.guidance import guidance
from meetlat.publish.open_data.columns import LIST_SEPARATOR, TABLES
from meetlat.store.files import digest
from meetlat.store.folder import MANIFEST
from meetlat.store.manifest import Manifest

_AT_ONCE = 20_000  # rows
_DECIMALS = 6

Row = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Measured:
    """A finished measurement: its folder and its manifest."""

    folder: Path
    manifest: Manifest


@dataclass(frozen=True, slots=True)
class Source:
    """All that open data are made of; the measurements stand in the order of time."""

    measurements: tuple[Measured, ...]
    standards: Mapping[str, Standard]
    agreements: Mapping[str, Agreement]

    @property
    def last(self) -> Manifest:
        """The manifest of the latest measurement."""
        return self.measurements[-1].manifest


def batches(table: str, source: Source) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a table, in its schema and in an order that is always the same. Raises MeasurementError."""
    schema = TABLES[table].schema
    if table in _STREAMED:
        for one in source.measurements:
            for part in _STREAMED[table](one.folder, schema.names[1:]):
                known = pa.repeat(pa.scalar(one.manifest.id, pa.string()), part.num_rows)
                columns = [known, *(_reasonable(part.column(name)) if name == "reason" else part.column(name) for name in schema.names[1:])]
                yield from pa.table(columns, schema=schema).to_batches(_AT_ONCE)
        return
    rows = iter(_ROWS[table](source))
    while part := list(islice(rows, _AT_ONCE)):
        columns = [pa.array(list(column), field.type) for column, field in zip(zip(*part, strict=True), schema, strict=True)]
        yield pa.RecordBatch.from_arrays(columns, schema=schema)


def _measurements(source: Source) -> Iterator[Row]:
    """Yield what each measurement is, what it holds, and by which digest its manifest is known."""
    for one in source.measurements:
        manifest, run = one.manifest, one.manifest.run
        counts = (manifest.counts[name] for name in ("domains", "organisations", "targets", "observations", "findings", "verdicts"))
        moments = (run.started, manifest.finished, manifest.sealed)
        yield manifest.id, run.parent.id if run.parent else None, *moments, run.vantage, run.meetlat, *counts, digest(one.folder / MANIFEST)


def _measurement_files(source: Source) -> Iterator[Row]:
    """Yield the files of each measurement: what is not published here, the evidence, is known by its digest."""
    for one in source.measurements:
        for name, stored in sorted(one.manifest.files.items()):
            yield one.manifest.id, name, stored.sha256, stored.bytes, stored.rows if name.endswith(".parquet") else None


def _figures(source: Source) -> Iterator[Row]:
    """Yield every share with its address."""
    for one in source.measurements:
        for figure in all_figures(one.folder, source.standards.values()):
            of, share = figure.reference, figure.share
            kind = "composite" if of.is_composite else "part" if of.part else "standard"
            about = (str(of), of.role.value, kind, of.key, of.part, of.group, of.organisation)
            counts = (share.compliant, share.judged, share.total, share.undetermined, share.not_applicable)
            yield one.manifest.id, *about, *counts, *_fractions(share.compliant, share.judged, share.total)


def _standards(source: Source) -> Iterator[Row]:
    """Yield every standard of the register, and those that a measurement names and this version of Meetlat does not know."""
    named = {standard for one in source.measurements for standard in one.manifest.run.norms}
    for key in sorted(named | source.standards.keys()):
        standard = source.standards.get(key)
        if standard is None:
            yield key, key, key, True, *(None,) * 4, *_registered(Registration())
            continue
        names = (key, *_in_both(standard.names), bool(standard.rules), *(standard.not_measured.get(one) for one in ("nl", "en")))
        yield *names, _list([role.value for role in standard.roles]), _list(standard.composites), *_registered(standard.registration)


def _registered(entry: Registration) -> Row:
    """Write the entry of a standard in the register: what is not known says so, what is known to be none is null."""
    is_listed = entry.list_status is None or entry.list_status.value != "none"
    return (
        *(entry.official_name[language] or UNKNOWN for language in ("nl", "en")),
        entry.list_status.value if entry.list_status else UNKNOWN,
        str(entry.list_since) if entry.list_since else UNKNOWN if is_listed else None,
        *(_in_both(entry.toepassingsgebied) if entry.toepassingsgebied else (UNKNOWN, UNKNOWN)),
        *(_in_both(entry.werkingsgebied) if entry.werkingsgebied else (UNKNOWN, UNKNOWN)),
        entry.steward or UNKNOWN,
        entry.specification or UNKNOWN,
        UNKNOWN if entry.legal_basis is None else _list(entry.legal_basis),
        UNKNOWN if entry.links is None else _list(entry.links),
    )


def _rules(source: Source) -> Iterator[Row]:
    """Yield every rule of every norm that was judged by; of a norm that this version of Meetlat does not know only the ids."""
    norms = {(key, version) for one in source.measurements for key, version in one.manifest.run.norms.items()}
    known = {
        (key, version, rule)
        for key, version in norms
        if (standard := source.standards.get(key)) and (norm := standard.norm(version))
        for rule in norm.rules
    }
    judged = {rule for one in source.measurements for rule in judged_rules(one.folder)}
    for key, version, rule in sorted(known | judged):
        yield key, version, rule, *_rule(source.standards.get(key), version, rule)


def _rule(standard: Standard | None, version: str, rule: str) -> Row:
    """Say what a rule asks, what it weighs under a norm, and where that is written."""
    norm = standard.norm(version) if standard else None
    words = [guidance(standard, language).rules.get(rule) if standard else None for language in ("nl", "en")]
    titles = tuple(one.title if one else None for one in words)
    if norm is None:
        return (*titles, None, None, None, None, None)
    obligation = norm.rules.get(rule)
    parts = _list([part for part, rules in norm.parts.items() if rule in rules])
    return (*titles, obligation.value if obligation else None, parts, norm.source, norm.effective, norm.until)


def _agreements(source: Source) -> Iterator[Row]:
    """Yield what was agreed."""
    for key, one in sorted(source.agreements.items()):
        moments = (str(one.agreed), str(one.by) if one.by else None, str(one.in_force) if one.in_force else None)
        whose = (one.made_by, *_in_both(one.werkingsgebied), _list(one.groups))
        yield key, *_in_both(one.names), one.kind.value, *whose, one.reading.value, *moments, _list(one.sources)


def _agreement_asks(source: Source) -> Iterator[Row]:
    """Yield what each agreement asks."""
    for key, one in sorted(source.agreements.items()):
        for ask in sorted(one.asks, key=lambda ask: (ask.standard, ask.role.value)):
            for part in sorted(ask.parts) or ("",):
                yield key, ask.standard, ask.role.value, part, ask.norm or None


def _agreement_states(source: Source) -> Iterator[Row]:
    """Yield where each domain stands on each agreement on the day on which the measurement was finished."""
    for one in source.measurements:
        day = one.manifest.finished.date()
        for state in domain_states(one.folder, source.agreements.values(), day):
            yield one.manifest.id, day, state.agreement, state.domain, state.organisation, state.group, state.state.value


def _agreement_figures(source: Source) -> Iterator[Row]:
    """Yield how many domains keep each agreement; how many do is not said where part of what is asked could not be told."""
    for one in source.measurements:
        day = one.manifest.finished.date()
        for found in agreement_indicators(one.folder, tuple(source.agreements.values()), day):
            share, told = found.share, found.is_answered
            about = (one.manifest.id, day, found.agreement, found.group, found.organisation, told, share.compliant if told else None)
            counts = (found.not_kept, found.not_due, share.judged, share.total, share.undetermined, share.not_applicable)
            yield *about, *counts, *(_fractions(share.compliant, share.judged, share.total) if told else (None, None))


def _targets(folder: Path, columns: Sequence[str]) -> Iterator[pa.Table]:
    """Yield the targets."""
    yield target_rows(folder).select(list(columns))


def _reasonable(reasons: pa.ChunkedArray) -> pa.ChunkedArray:
    """Make nothing of a reason without a code."""
    return pc.if_else(pc.equal(reasons, ""), None, reasons)


def _fractions(part: int, *wholes: int) -> Row:
    """Divide by each whole; None when there is none."""
    return tuple(round(part / whole, _DECIMALS) if whole else None for whole in wholes)


def _in_both(texts: Mapping[str, str]) -> Row:
    """Return a text in both languages."""
    return texts["nl"], texts["en"]


def _list(values: Sequence[str]) -> str | None:
    """Write several values in one cell; None when there are none."""
    return LIST_SEPARATOR.join(values) or None


_STREAMED: Mapping[str, Callable[[Path, Sequence[str]], Iterator[pa.Table]]] = MappingProxyType(
    {"targets": _targets, "verdicts": verdict_rows, "findings": finding_rows}
)
_ROWS: Mapping[str, Callable[[Source], Iterable[Row]]] = MappingProxyType(
    {
        "measurements": _measurements,
        "measurement_files": _measurement_files,
        "figures": _figures,
        "standards": _standards,
        "rules": _rules,
        "agreements": _agreements,
        "agreement_asks": _agreement_asks,
        "agreement_states": _agreement_states,
        "agreement_figures": _agreement_figures,
    }
)
