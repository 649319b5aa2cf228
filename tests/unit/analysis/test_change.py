# SPDX-License-Identifier: EUPL-1.2
"""Who changed colour is counted, named, and nobody else."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from meetlat.analysis.change import Change, Kind, changes, counted
from meetlat.model.norm import Verdict
from meetlat.model.target import Role
from meetlat.store import schemas
from meetlat.store.errors import Fault, MeasurementError

_ROW = {"organisation": "Gemeente Duinrade", "group": "Gemeenten", "role": "web", "part": "", "norm": "1"}
_BEFORE = [("a.nl", "tls", "compliant"), ("b.nl", "tls", "compliant"), ("c.nl", "tls", "non_compliant"), ("gone.nl", "tls", "compliant")]
_AFTER = [("a.nl", "tls", "non_compliant"), ("b.nl", "tls", "compliant"), ("c.nl", "tls", "undetermined"), ("new.nl", "hsts", "compliant")]


def _folder(path: Path, rows: list[tuple[str, str, str]]) -> Path:
    """Write verdicts as a measurement has them."""
    path.mkdir()
    told = [{**_ROW, "domain": domain, "standard": standard, "verdict": verdict} for domain, standard, verdict in rows]
    pq.write_table(pa.Table.from_pylist(told, schema=schemas.VERDICTS), path / "verdicts.parquet")
    return path


def _kind(standard: str, was: Verdict | None, is_now: Verdict | None) -> Kind:
    return Kind(Role.WEB, standard, "", was, is_now)


def test_only_what_differs_is_listed(tmp_path):
    """A verdict that stayed is no change; a domain that came or went is one, without a verdict on the other side."""
    found = changes(_folder(tmp_path / "before", _BEFORE), _folder(tmp_path / "after", _AFTER))
    assert set(found) == {
        Change(_kind("tls", Verdict.COMPLIANT, Verdict.NON_COMPLIANT), "a.nl", "Gemeente Duinrade", "Gemeenten"),
        Change(_kind("tls", Verdict.NON_COMPLIANT, Verdict.UNDETERMINED), "c.nl", "Gemeente Duinrade", "Gemeenten"),
        Change(_kind("tls", Verdict.COMPLIANT, None), "gone.nl", "Gemeente Duinrade", "Gemeenten"),
        Change(_kind("hsts", None, Verdict.COMPLIANT), "new.nl", "Gemeente Duinrade", "Gemeenten"),
    }
    assert sum(counted(found).values()) == 4


def test_a_measurement_differs_in_nothing_from_itself(tmp_path):
    """The same folder twice gives no change."""
    folder = _folder(tmp_path / "before", _BEFORE)
    assert changes(folder, folder) == ()


@pytest.mark.parametrize(("make", "fault"), [(False, Fault.NOT_THERE), (True, Fault.UNFINISHED)])
def test_what_is_no_finished_measurement_is_refused(make, fault, tmp_path):
    """A folder that is not there, or without verdicts, is said to be that."""
    folder = _folder(tmp_path / "before", _BEFORE)
    other = tmp_path / "other"
    if make:
        other.mkdir()
    with pytest.raises(MeasurementError) as told:
        changes(folder, other)
    assert told.value.fault is fault
