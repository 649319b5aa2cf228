# SPDX-License-Identifier: EUPL-1.2
"""The verdicts of a series side by side, and which targets can be compared: the tables that the queries on several measurements read."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

from meetlat.analysis.database import connected, query, show
from meetlat.analysis.indicators import COMPOSITES, members
from meetlat.analysis.series import Series
from meetlat.model.norm import Verdict
from meetlat.model.standard import Standard
from meetlat.store.folder import TARGETS, VERDICTS

NEEDED = (TARGETS, VERDICTS)
_VERDICT = "enum ({})".format(", ".join(f"'{verdict.value}'" for verdict in Verdict))
# Names as numbers, for there are few in millions of rows; in the order of the names, so that they sort as text does.
_ENUM = "create type {name} as enum (select unnest($names))"
_LISTED = """
    create temp table listed
    (point integer, domain varchar, role varchar, organisation varchar, organisation_id varchar, "group" varchar)
"""
_TABLES = (
    f"create type verdict as {_VERDICT}",
    "create temp table cells (point integer, unit integer, key key, part part, verdict verdict)",
)
_ID = "organisation_id"  # older measurements have none
_LIST = 'insert into listed select $point, domain, role, organisation, {id}, "group" from targets'
_WHOSE = """
    create temp table whose as
    select listed.point, unit, spelled.organisation, listed."group"
    from listed
    join units using (domain, role)
    join spelled on spelled.point = listed.point and name = listed.organisation and id is not distinct from listed.organisation_id
"""
_CELLS = """
    insert into cells
    select $point, unit, standard::key, part::part, verdict::verdict
    from verdicts
    join units using (domain, role)
    where $every or list_contains($wanted, standard)
"""


@contextmanager
def opened(series: Series, standards: Collection[Standard]) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a series with the tables units, organisations, whose and cells; composites count the standards that were judged at every point.

    Raises MeasurementError for what is missing or damaged.
    """
    folders = [point.folder for point in series.points]
    with connected(folders, NEEDED) as connection:
        list_targets(connection, folders)
        make_cells(connection, folders)
        for point, folder in enumerate(folders):
            add_verdicts(connection, point, folder)
        add_composites(connection, standards, series.standards)
        yield connection


def list_targets(connection: duckdb.DuckDBPyConnection, folders: Sequence[Path]) -> None:
    """Make the tables of targets and of whose they are; point 0 is the first folder."""
    connection.execute(_LISTED)
    for point, folder in enumerate(folders):
        show(connection, "targets", folder / TARGETS)
        there = {name for name, *_ in connection.execute("describe targets").fetchall()}
        connection.execute(_LIST.format(id=_ID if _ID in there else "null"), {"point": point})
    connection.execute(f"create temp table units as {query('trend_units')}", {"points": len(folders)})
    connection.execute(f"create temp table spelled as {query('trend_organisations')}")
    connection.execute("create temp table organisations as select distinct organisation, newest_name as name, newest_id as id from spelled")
    connection.execute(_WHOSE)


def make_cells(connection: duckdb.DuckDBPyConnection, folders: Sequence[Path]) -> None:
    """Make the empty table of verdicts for everything that is judged in these folders."""
    keys, parts = set(COMPOSITES), {""}
    for folder in folders:
        show(connection, "verdicts", folder / VERDICTS)
        for key, part in connection.execute("select distinct standard, part from verdicts").fetchall():
            keys.add(key)
            parts.add(part)
    for name, names in (("key", keys), ("part", parts)):
        connection.execute(_ENUM.format(name=name), {"names": sorted(names)})
    for statement in _TABLES:
        connection.execute(statement)


def add_verdicts(connection: duckdb.DuckDBPyConnection, point: int, folder: Path, wanted: Collection[str] | None = None) -> None:
    """Add the verdicts of a folder to a point: on these standards, or on all."""
    show(connection, "verdicts", folder / VERDICTS)
    connection.execute(_CELLS, {"point": point, "every": wanted is None, "wanted": sorted(wanted or ())})


def add_composites(connection: duckdb.DuckDBPyConnection, standards: Collection[Standard], judged: Collection[str]) -> None:
    """Add the verdicts on everything together, of the standards that were judged everywhere."""
    connection.register("members", members(standards, judged))
    connection.execute(f"insert into cells {query('trend_composites')}")
