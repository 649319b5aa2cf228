# SPDX-License-Identifier: EUPL-1.2
"""Made-up measurements at different moments: of each only what a trend reads."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from meetlat.store import schemas
from meetlat.store.files import digest

# One letter for a verdict keeps the tables in the tests readable.
VERDICTS = {"c": "compliant", "n": "non_compliant", "u": "undetermined", "x": "not_applicable"}


def in_time(
    folder: Path,
    day: str,
    verdicts: Mapping[str, str],
    *,
    norms: Mapping[str, str] | None = None,
    whose: Mapping[str, tuple[str, str]] | None = None,
    ids: Mapping[str, str | None] | None = None,
    parent: Path | None = None,
) -> Path:
    """Write a measurement that was finished on a day.

    ``verdicts`` maps each domain to a letter per standard in the order of ``norms`` (by default hsts alone); all are of the role web.
    Without ``whose`` (organisation, group) a domain has an organisation of its own in Gemeenten; ``ids`` maps organisations to what the
    register knows them by. A re-judgement has a ``parent``, and the same targets and evidence.
    """
    norms = norms or {"hsts": "2021-01"}
    (folder / "evidence").mkdir(parents=True)
    rows = []
    targets = []
    for domain, letters in sorted(verdicts.items()):
        organisation, group = (whose or {}).get(domain, (f"Gemeente {domain}", "Gemeenten"))
        targets.append({"domain": domain, "organisation": organisation, "group": group, "role": "web", "shard": 0})
        targets[-1]["organisation_id"] = (ids or {}).get(organisation)
        for (standard, norm), letter in zip(norms.items(), letters, strict=True):
            row = {"domain": domain, "organisation": organisation, "group": group, "role": "web"}
            rows.append({**row, "standard": standard, "part": "", "norm": norm, "verdict": VERDICTS[letter]})
    write_rows(folder, targets, rows)
    (folder / "evidence" / "shard-00000.parquet").write_bytes(day.encode())
    finished = datetime.fromisoformat(day).replace(tzinfo=UTC)
    seal(folder, finished, norms, parent)
    return folder


def write_rows(folder: Path, targets: Sequence[Mapping[str, object]], rows: Sequence[Mapping[str, object]]) -> None:
    """Write the two tables."""
    pq.write_table(pa.Table.from_pylist(list(targets), schema=schemas.TARGETS), folder / "targets.parquet")
    pq.write_table(pa.Table.from_pylist(list(rows), schema=schemas.VERDICTS), folder / "verdicts.parquet")


def seal(folder: Path, finished: datetime, norms: Mapping[str, str], parent: Path | None = None) -> None:
    """Write run.json and the manifest, when the tables are there."""
    of_parent = json.loads((parent / "manifest.json").read_text(encoding="utf-8")) if parent else None
    run = {
        "format": 1,
        "started": finished.isoformat(),
        "vantage": "lab",
        "norms": dict(norms),
        "shard_size": 100,
        "meetlat": "0.1.0",
        "libraries": {},
        "standards": dict.fromkeys(norms, "0" * 64),
        "targets": "",
        "parent": {"id": of_parent["id"], "finished": of_parent["finished"]} if of_parent else None,
    }
    names = ("targets.parquet", "evidence/shard-00000.parquet", "verdicts.parquet")
    files = {name: {"sha256": digest(folder / name), "bytes": 1, "rows": 1} for name in names}
    id_ = f"{finished:%Y-%m-%d}-{files['verdicts.parquet']['sha256'][:8]}"
    sealed = {"id": id_, **run, "finished": finished.isoformat(), "sealed": finished.isoformat(), "counts": {}, "costs": {}, "files": files}
    (folder / "run.json").write_text(json.dumps(run), encoding="utf-8")
    (folder / "manifest.json").write_text(json.dumps(sealed), encoding="utf-8")
