# SPDX-License-Identifier: EUPL-1.2
"""The tables of a measurement are opened wherever it stands, and nothing else is."""

from pathlib import Path

import duckdb
import pytest

from meetlat.analysis.tables import opened
from tests.unit.analysis.in_time import in_time


@pytest.mark.parametrize("name", ["plain", "two words", "o'neil", "a*b?", "x[1]", "ümlaut", "role=mail", "verdict=x"])
def test_any_name_of_a_folder(tmp_path, name):
    """Quotes and the signs of a pattern are part of the name; what looks like the value of a column in it is none."""
    folder = in_time(tmp_path / name, "2026-01-01", {"a.nl": "c", "b.nl": "n"})
    (folder / "findings.parquet").write_bytes((folder / "verdicts.parquet").read_bytes())
    with opened(folder, ()) as connection:
        assert connection.execute("select domain, role, verdict from verdicts order by domain").fetchall() == [
            ("a.nl", "web", "compliant"),
            ("b.nl", "web", "non_compliant"),
        ]


def test_no_other_file_can_be_read(tmp_path):
    """Whatever a query would say."""
    folder = in_time(tmp_path / "m", "2026-01-01", {"a.nl": "c"})
    (folder / "findings.parquet").write_bytes((folder / "verdicts.parquet").read_bytes())
    (tmp_path / "other.csv").write_text("a\n1\n", encoding="utf-8")
    with opened(folder, ()) as connection, pytest.raises(duckdb.PermissionException):
        connection.execute("select * from read_csv($path)", {"path": str(tmp_path / "other.csv")})


def test_what_does_not_fit_in_memory_goes_elsewhere(tmp_path, monkeypatch):
    """Not to the folder in which somebody happens to work, and nothing of it stays."""
    monkeypatch.chdir(tmp_path)
    folder = in_time(tmp_path / "m", "2026-01-01", {"a.nl": "c"})
    (folder / "findings.parquet").write_bytes((folder / "verdicts.parquet").read_bytes())
    with opened(folder, ()) as connection:
        (place,) = connection.execute("select current_setting('temp_directory')").fetchone()
        connection.execute("set memory_limit = '50MB'")
        connection.execute("create temp table much as select range, 'text number ' || range as text from range(2_000_000)")
        assert any(Path(place).iterdir())
        assert [path.name for path in tmp_path.iterdir()] == ["m"]
    assert not Path(place).exists()
