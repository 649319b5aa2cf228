# SPDX-License-Identifier: EUPL-1.2
"""How long each indicator takes over a million verdicts: a finished measurement many times over, with all its findings.

Prints seconds per question by the clock and of the processor, the faster of two, each with its own reading of the files. No test is timed.
"""

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

from bench.report import multiply  # noqa: E402 - found through the line above
from meetlat.agreements.reading import REGISTER, read_agreements  # noqa: E402 - idem
from meetlat.analysis.agreements import agreement_indicators  # noqa: E402 - idem
from meetlat.analysis.database import query  # noqa: E402 - idem
from meetlat.analysis.shortfalls import shortfalls  # noqa: E402 - idem
from meetlat.analysis.tables import opened  # noqa: E402 - idem
from meetlat.standards.loading import standards  # noqa: E402 - idem
from meetlat.store.folder import FINDINGS, TARGETS, VERDICTS  # noqa: E402 - idem
from meetlat.store.manifest import read_manifest  # noqa: E402 - idem

_COUNTS = ("standards", "composites", "organisations", "organisation_standards", "groups", "failing_rules", "gaps")


def main() -> None:
    """Make the large measurement when it is not there yet, and put every question to it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("measurement", type=Path, help="a finished measurement to take many times")
    parser.add_argument("--verdicts", type=int, default=1_000_000)
    parser.add_argument("--keep", type=Path, help="folder for the large measurement; when it is there it is used again")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        large = arguments.keep or Path(scratch) / "large"
        if not large.is_dir():
            counts = read_manifest(arguments.measurement).counts
            multiply(arguments.measurement, large, counts["domains"] * arguments.verdicts // _rows(arguments.measurement / VERDICTS))
        print(", ".join(f"{_rows(large / name):,d} {name.partition('.')[0]}" for name in (TARGETS, VERDICTS, FINDINGS)))
        for name in _COUNTS:
            _timed(name, lambda name=name: _counted(large, name))
        manifest, known = read_manifest(large), standards()
        agreements = read_agreements(known, REGISTER).values()
        _timed("agreements", lambda: len(agreement_indicators(large, agreements, manifest.finished.date())))
        _timed("shortfalls", lambda: sum(1 for _ in shortfalls(large, known.values(), manifest.run.norms)))
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")


def _counted(folder: Path, name: str) -> int:
    """Open the tables and run one query; return how many rows it gives."""
    with opened(folder, standards().values()) as connection:
        return len(connection.execute(query(name)).fetchall())


def _timed(question: str, ask: Callable[[], int]) -> None:
    """Print how long the faster of two takes, by the clock and in processor time, and how many rows come back."""
    took = []
    for _ in range(2):
        begin, used = time.perf_counter(), time.process_time()
        found = ask()
        took.append((time.perf_counter() - begin, time.process_time() - used))
    clock, processor = min(took)
    print(f"{question:24} {clock:6.2f} s {processor:6.2f} s of processor {found:9,d} rows", flush=True)


def _rows(path: Path) -> int:
    """Return how many rows a table has."""
    return int(pq.read_metadata(path).num_rows)


if __name__ == "__main__":
    main()
