# SPDX-License-Identifier: EUPL-1.2
"""How long the questions on two measurements together take, with a million verdicts in each.

Draws two measurements half a year apart: domains in organisations of very unequal size, every standard that has a norm with its parts, some
domains come and gone, some that change. Prints seconds per question, the faster of two. No test is timed.
"""

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sized
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

from meetlat.agreements.reading import REGISTER, read_agreements  # noqa: E402 - found through the line above
from meetlat.analysis.decomposition import decomposition_of  # noqa: E402 - idem
from meetlat.analysis.forecast import forecast_in  # noqa: E402 - idem
from meetlat.analysis.growth import growth_in  # noqa: E402 - idem
from meetlat.analysis.panels import opened  # noqa: E402 - idem
from meetlat.analysis.series import Series, read_series  # noqa: E402 - idem
from meetlat.analysis.trend import movements_in, trend_in  # noqa: E402 - idem
from meetlat.model.target import Role  # noqa: E402 - idem
from meetlat.standards.loading import standards  # noqa: E402 - idem
from meetlat.store import schemas  # noqa: E402 - idem
from tests.unit.analysis.in_time import seal  # noqa: E402 - idem

_GROUPS = ("Gemeenten", "Provincies", "Waterschappen", "Rijksoverheid", "Gemeenschappelijke regelingen", "Uitvoerders")
_VERDICTS = ("compliant", "non_compliant", "undetermined", "not_applicable")
_DAYS = (datetime(2025, 6, 1, tzinfo=UTC), datetime(2025, 12, 1, tzinfo=UTC))
_COMPLIES, _CHANGES, _COMES_OR_GOES = 0.8, 0.05, 0.02


def main() -> None:
    """Draw the measurements and put every question to them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--verdicts", type=int, default=1_000_000, help="rows of verdicts in each measurement")
    rows = parser.parse_args().verdicts
    with tempfile.TemporaryDirectory() as folder:
        known = tuple(standards().values())
        agreements = tuple(read_agreements(standards(), REGISTER).values())
        drawn = [_measurement(Path(folder) / str(point), point, rows) for point in range(len(_DAYS))]
        series = read_series(drawn)
        _timed("read both into tables, composites", lambda: _open(series))
        with opened(series, known) as connection:
            _timed("shares per standard and group", lambda: trend_in(connection, series, organisations=False).lines)
            _timed("shares per organisation as well", lambda: trend_in(connection, series).lines)
            _timed("growth with intervals", lambda: growth_in(connection, series))
            _timed("forecasts", lambda: forecast_in(connection, series, known, agreements))
            _timed("movements by name", lambda: movements_in(connection))
        _timed("decomposition, reading as well", lambda: decomposition_of(series, 0, known))


def _open(series: Series) -> tuple[str, ...]:
    """Make the tables and throw them away."""
    with opened(series, tuple(standards().values())):
        return series.standards


def _timed(question: str, ask: Callable[[], Sized]) -> None:
    """Print how long the faster of two takes, by the clock and in processor time, and how many rows come back."""
    took = []
    for _ in range(2):
        begin, used = time.perf_counter(), time.process_time()
        found = len(ask())
        took.append((time.perf_counter() - begin, time.process_time() - used))
    clock, processor = min(took)
    print(f"{question:36} {clock:6.2f} s {processor:6.2f} s of processor {found:9,d} rows", flush=True)


def _measurement(folder: Path, point: int, rows: int) -> Path:
    """Draw one measurement; the same domain has the same luck in both, but for what changes."""
    kinds = [(role, standard.id, part) for role in Role for standard in standards().values() for part in _parts(standard.id, role)]
    targets, verdicts = [], []
    for number in range(rows // len(kinds)):
        listed = {"domain": f"d{number}.example.nl", **_whose(number)}
        if random.Random(f"{number}").random() < _COMES_OR_GOES and number % 2 == point:  # noqa: S311 - made-up data
            continue
        targets += [{**listed, "role": role.value, "shard": number // 100} for role in Role]
        luck = _luck(number, point)
        verdicts += [
            {**listed, "role": role.value, "standard": standard, "part": part, "norm": "1", "verdict": next(luck)}
            for role, standard, part in kinds
        ]
    (folder / "evidence").mkdir(parents=True)
    pq.write_table(pa.Table.from_pylist(targets, schema=schemas.TARGETS), folder / "targets.parquet")
    pq.write_table(pa.Table.from_pylist(verdicts, schema=schemas.VERDICTS), folder / "verdicts.parquet")
    (folder / "evidence" / "shard-00000.parquet").write_bytes(str(point).encode())
    seal(folder, _DAYS[point], dict.fromkeys({standard for _, standard, _ in kinds}, "1"))
    print(f"measurement {point + 1}: {len(verdicts):,d} verdicts on {len(targets):,d} targets")
    return folder


def _parts(standard: str, role: Role) -> tuple[str, ...]:
    """List the whole of a standard and its parts; nothing when it is not judged in this role."""
    one = standards()[standard]
    return ("", *one.norms[-1].parts) if one.norms and role in one.roles else ()


def _whose(number: int) -> dict[str, str]:
    """Give a domain to an organisation: the first has a tenth of all, most have a few."""
    chance = random.Random(f"whose {number}")  # noqa: S311 - made-up data
    organisation = min(int(chance.paretovariate(0.4)), 3000)
    return {"organisation": f"Organisatie {organisation}", "group": _GROUPS[organisation % len(_GROUPS)]}


def _luck(number: int, point: int) -> Iterator[str]:
    """Yield the verdicts on a domain."""
    chance, change = random.Random(f"luck {number}"), random.Random(f"luck {number} {point}")  # noqa: S311 - made-up data
    while True:
        complies = chance.random() < _COMPLIES
        verdict = _VERDICTS[0 if complies else min(1 + int(chance.expovariate(1)), 3)]
        yield _VERDICTS[0] if point and change.random() < _CHANGES else verdict


if __name__ == "__main__":
    main()
