# SPDX-License-Identifier: EUPL-1.2
"""How long a report of a very large measurement takes, and how much memory: a finished measurement many times over.

Copies every shard of a measurement under new domain names until there are as many domains as asked for, writes the report of that in a
process of its own, and prints seconds and peak memory per step. No test is timed.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

from meetlat.store import schemas  # noqa: E402 - found through the line above
from meetlat.store.folder import EVIDENCE, FINDINGS, RUN, TARGETS, VERDICTS, read_targets  # noqa: E402 - idem
from meetlat.store.manifest import seal  # noqa: E402 - idem

_FORMATS = ("html", "ods", "csv", "pdf")


def main() -> None:
    """Make the large measurement when it is not there yet, and write its report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("measurement", type=Path, help="a finished measurement to take many times")
    parser.add_argument("--domains", type=int, default=100_000)
    parser.add_argument("--keep", type=Path, help="folder for the large measurement; when it is there it is used again")
    parser.add_argument("--formats", default=",".join(_FORMATS))
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        large = arguments.keep or Path(scratch) / "large"
        if not large.is_dir():
            multiply(arguments.measurement, large, arguments.domains)
        out = Path(scratch) / "report"
        started = time.monotonic()
        command = [sys.executable, "-m", "meetlat.cli.main", "report", str(large), "-o", str(out), "--format", arguments.formats]
        subprocess.run(command, check=True, env={**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"})
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
        figures = {
            "formats": arguments.formats,
            "seconds": round(time.monotonic() - started, 1),
            "cpu_seconds": round(used.ru_utime + used.ru_stime, 1),
            "peak_megabytes": used.ru_maxrss // 1024,
            "report_megabytes": size // 1_000_000,
        }
        print(json.dumps(figures))


def multiply(folder: Path, large: Path, domains: int) -> None:
    """Copy a measurement under new names until there are enough domains; the evidence is the same each time."""
    targets = read_targets(folder)
    shards = targets.column("shard").to_pylist()
    per_copy, in_copy = len(set(targets.column("domain").to_pylist())), max(shards) + 1
    copies = -(-domains // per_copy)
    (large / EVIDENCE).mkdir(parents=True)
    run = json.loads((folder / RUN).read_text(encoding="utf-8"))
    (large / RUN).write_text(json.dumps(run), encoding="utf-8")
    with pq.ParquetWriter(large / TARGETS, schemas.TARGETS) as writer:
        for copy in range(copies):
            renamed = _renamed(targets, copy)
            moved = pa.array([shard + copy * in_copy for shard in shards], pa.int32())
            writer.write_table(renamed.set_column(renamed.schema.get_field_index("shard"), schemas.TARGETS.field("shard"), moved))
    for name, schema in ((FINDINGS, schemas.FINDINGS), (VERDICTS, schemas.VERDICTS)):
        source = pq.ParquetFile(folder / name)
        with pq.ParquetWriter(large / name, schema, compression="zstd") as writer:
            for copy in range(copies):
                for group in range(source.num_row_groups):
                    table = _renamed(source.read_row_group(group), copy)
                    writer.write_table(table, row_group_size=table.num_rows)
    for copy in range(copies):
        for shard in range(in_copy):
            os.link(folder / EVIDENCE / f"shard-{shard:05d}.parquet", large / EVIDENCE / f"shard-{copy * in_copy + shard:05d}.parquet")
    seal(large, datetime.now(UTC), {})


def _renamed(table: pa.Table, copy: int) -> pa.Table:
    """Give every domain, and every organisation, a name of its own in this copy; the order stays."""
    for column, before, after in (("domain", f"c{copy:04d}-", ""), ("organisation", "", f" {copy % 40}")):
        if column not in table.column_names:
            continue
        at = table.schema.get_field_index(column)
        new = pc.binary_join_element_wise(pa.scalar(before), table.column(column), pa.scalar(after), "")
        table = table.set_column(at, table.schema.field(at), new)
    return table


if __name__ == "__main__":
    main()
