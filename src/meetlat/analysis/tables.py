# SPDX-License-Identifier: EUPL-1.2
"""The tables of a measurement, opened for SQL; the queries stand in sql/, each with its grain and meaning."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa

from meetlat.analysis.database import connected, show
from meetlat.analysis.indicators import members
from meetlat.model.norm import Obligation
from meetlat.model.standard import Standard
from meetlat.store.folder import FINDINGS, TARGETS, VERDICTS

_TABLES = {"targets": TARGETS, "findings": FINDINGS, "verdicts": VERDICTS}
_ADVICE = pa.schema([("standard", pa.string()), ("rule", pa.string())])


@contextmanager
def opened(folder: Path, standards: Collection[Standard]) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the tables targets, findings, verdicts and members (composite, role, standard); else MeasurementError."""
    with connected([folder], _TABLES.values()) as connection:
        for name, file in _TABLES.items():
            show(connection, name, folder / file)
        connection.register("members", members(standards))
        yield connection


def advice(standards: Iterable[Standard], norms: Mapping[str, str]) -> pa.Table:
    """List the rules (standard, rule) that are advice or information only under the norms that were judged by."""
    judged_by = [norm for standard in standards if (norm := standard.norm(norms.get(standard.id, ""))) is not None]
    rows = [
        {"standard": norm.standard, "rule": rule}
        for norm in judged_by
        for rule, obligation in norm.rules.items()
        if obligation is not Obligation.MUST
    ]
    return pa.Table.from_pylist(rows, schema=_ADVICE)
