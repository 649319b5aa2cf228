# SPDX-License-Identifier: EUPL-1.2
"""The verdicts of a measurement, one by one."""

from collections.abc import Mapping
from pathlib import Path

import pyarrow.parquet as pq

from meetlat.store.folder import VERDICTS


def verdicts_by_key(folder: Path) -> Mapping[tuple[str, str], str]:
    """Map (domain, "role.standard" or "role.standard.part") to the verdict, for all verdicts of a measurement."""
    table = pq.read_table(folder / VERDICTS, columns=["domain", "role", "standard", "part", "verdict"])
    rows = zip(*(column.to_pylist() for column in table.columns), strict=True)
    return {(domain, f"{role}.{standard}.{part}".rstrip(".")): verdict for domain, role, standard, part, verdict in rows}
