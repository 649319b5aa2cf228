# SPDX-License-Identifier: EUPL-1.2
"""Files that a person asked for: there whole or not at all, safe in a spreadsheet, and what is no file is written to as it is."""

import os
import stat
from pathlib import Path

import pytest

from meetlat.cli.csv_files import write_csv
from meetlat.cli.faults import UsageFault
from meetlat.store.files import output_file

ROWS = [("duinrade.nl", "Gemeente Duinrade"), ("=1+1", "@som")]


def _stopped(error):
    """Rows of which the second does not come."""
    yield ("duinrade.nl", "Gemeente Duinrade")
    raise error


def test_rows_are_counted_and_safe(tmp_path):
    """What a spreadsheet would take for a formula it takes for text; the number of rows comes back."""
    path = tmp_path / "list.csv"
    assert write_csv(path, ("domain", "organisation"), ROWS) == 2
    assert path.read_bytes() == b"domain,organisation\r\nduinrade.nl,Gemeente Duinrade\r\n'=1+1,'@som\r\n"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(28, "No space left on device"), ValueError("a bug")], ids=repr)
@pytest.mark.parametrize("before", [None, "as it was\n"], ids=["new", "there already"])
def test_what_is_broken_off_leaves_everything_as_it_was(tmp_path, error, before):
    """By Ctrl-C, a full disk or a bug: no half file, no leftover, and what stood there still stands there."""
    path = tmp_path / "list.csv"
    if before is not None:
        path.write_text(before)
    with pytest.raises(UsageFault if isinstance(error, OSError) else type(error)):
        write_csv(path, ("domain", "organisation"), _stopped(error))
    assert [one.read_text() for one in tmp_path.iterdir()] == ([] if before is None else [before])


def test_a_disk_that_is_full_at_the_end_is_one_sentence(tmp_path, monkeypatch):
    """It is told when the disk takes it, not when it was handed over."""
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(UsageFault, match="No space left on device"):
        write_csv(tmp_path / "list.csv", ("domain",), [("duinrade.nl",)])
    assert not list(tmp_path.iterdir())


def test_a_link_stays_a_link(tmp_path):
    """The file that it leads to is the one that is written."""
    (tmp_path / "real.csv").write_text("old")
    (tmp_path / "link.csv").symlink_to("real.csv")
    write_csv(tmp_path / "link.csv", ("domain",), [])
    assert (tmp_path / "link.csv").is_symlink()
    assert (tmp_path / "real.csv").read_text() == "domain\n"


def test_a_pipe_is_written_to(tmp_path):
    """It is not replaced by a file."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_csv(pipe, ("domain",), [("duinrade.nl",)])
        assert os.read(reader, 100) == b"domain\r\nduinrade.nl\r\n"
    finally:
        os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_standard_output_is_written_to():
    """Also when it was led to a file, which others write to as well."""
    stdout = Path("/dev/stdout")
    with output_file(stdout) as path:
        assert path == stdout


@pytest.mark.parametrize("name", [".", "gone/list.csv", "a" * 300])
def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path, name):
    """A folder, a folder that is not there, a name that is too long."""
    with pytest.raises(UsageFault):
        write_csv(tmp_path / name, ("domain",), [])
    assert not list(tmp_path.iterdir())
