# SPDX-License-Identifier: EUPL-1.2
"""What a person gets who gives the command line something that cannot be used: one sentence, exit code 2, nothing written."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from meetlat.cli import main, shown

ROOT = Path(__file__).resolve().parents[2]
GOOD = "domain,organisation,group,roles\ngemeente-duinrade.nl,Gemeente Duinrade,gemeenten,web mail\n"


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended."""

    returncode: int
    stderr: str


def run_alone(*arguments: str, cwd: Path, language: str = "nl") -> subprocess.CompletedProcess:
    """Run the command line as a person would: as a process of its own, which takes seconds to begin."""
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}", "MEETLAT_LANG": language, "COLUMNS": "200"}
    environment.pop("MEETLAT_NETWORK", None)
    command = [sys.executable, "-m", "meetlat", *arguments]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture
def run(tmp_path, monkeypatch, capfd):
    """Run the whole command line in this process, in the folder of the test; an exception that gets out of it fails the test."""

    def running(*arguments: str, language: str = "nl") -> Ended:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", ["meetlat", *arguments])
        monkeypatch.setenv("MEETLAT_LANG", language)
        monkeypatch.setenv("COLUMNS", "200")
        monkeypatch.delenv("MEETLAT_NETWORK", raising=False)
        shown.errors.cache_clear()  # it remembers how wide the terminal was
        with pytest.raises(SystemExit) as ended:
            main.run()
        shown.errors.cache_clear()
        return Ended(ended.value.code, capfd.readouterr().err)

    return running


def make(folder: Path, name: str, content: bytes) -> None:
    """Put a file in a folder."""
    (folder / name).write_bytes(content)


FILES = [
    ("an empty file", "empty.csv", b""),
    ("a binary file that is called csv", "binary.csv", bytes(range(256)) * 20),
    ("a file without the columns", "columns.csv", b"naam;adres\nx;y\n"),
    ("only the heading", "heading.csv", b"domain,organisation,group,roles\n"),
    ("an unknown kind of file", "list.pdf", b"%PDF-1.7"),
    ("an ods that is no ods", "broken.ods", b"PK\x03\x04 nonsense"),
    ("an xlsx that is no xlsx", "broken.xlsx", b"nonsense"),
    ("one bad row among good ones", "row.csv", GOOD.encode() + b"not a name,X,gemeenten,web\n"),
    ("a name twice", "twice.csv", GOOD.encode() + b"Gemeente-Duinrade.NL.,X,gemeenten,web\n"),
]


@pytest.mark.parametrize(("_what", "name", "content"), FILES, ids=[what for what, _, _ in FILES])
@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_list_that_cannot_be_used_is_one_sentence(tmp_path, run, _what, name, content, language):
    """Nothing is measured, nothing is written, no traceback is shown."""
    make(tmp_path, name, content)
    done = run("measure", name, "-o", "out", "--resolver", "127.0.0.1:1", language=language)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert name in done.stderr
    assert not (tmp_path / "out").exists()


def test_every_bad_row_of_a_long_list_is_counted(tmp_path, run):
    """A list of 10,000 lines with three bad ones tells of all three, with their line numbers."""
    lines = [f"naam-{number}.example,Gemeente Duinrade,gemeenten,web" for number in range(10_000)]
    for bad in (17, 5_000, 9_998):
        lines[bad] = "geen naam,Gemeente Duinrade,gemeenten,web"
    make(tmp_path, "long.csv", ("domain,organisation,group,roles\n" + "\n".join(lines) + "\n").encode())
    done = run("measure", "long.csv", "-o", "out", "--resolver", "127.0.0.1:1")
    assert done.returncode == 2
    for number in ("19", "5002", "10000"):
        assert number in done.stderr
    assert not (tmp_path / "out").exists()


COMMANDS = [
    ("no such list", ["measure", "nowhere.csv", "-o", "out"], "nowhere.csv"),
    ("a folder for a list", ["measure", ".", "-o", "out"], "."),
    ("a resolver that is down", ["measure", "good.csv", "-o", "out", "--resolver", "127.0.0.1:1"], "127.0.0.1:1"),
    ("a resolver far away", ["measure", "good.csv", "-o", "out", "--resolver", "198.51.100.53"], "198.51.100.53"),
    ("a resolver that is no address", ["inspect", "gemeente-duinrade.nl", "--resolver", "dns"], "dns"),
    ("a date that is none", ["measure", "good.csv", "-o", "out", "--norms", "2021-13"], "2021-13"),
    ("a standard that is none", ["measure", "good.csv", "-o", "out", "--norms", "telex=1"], "telex"),
    ("a norm that is none", ["measure", "good.csv", "-o", "out", "--norms", "hsts=1900-01"], "1900-01"),
    ("a network file that is none", ["measure", "good.csv", "-o", "out", "--network", "good.csv"], "good.csv"),
    ("an opt-out list that is none", ["measure", "good.csv", "-o", "out", "--opt-out", "good.csv"], "good.csv"),
    ("a name that is none", ["inspect", "geen naam"], "geen naam"),
    ("an address for a name", ["inspect", "198.51.100.1"], "198.51.100.1"),
    ("a role that is none", ["inspect", "gemeente-duinrade.nl", "--role", "ftp"], "ftp"),
    ("a measurement that is none", ["judge", "."], "."),
    ("a measurement that is not there", ["report", "nowhere", "-o", "out"], "nowhere"),
    ("a standard that does not exist", ["standards", "telex"], "telex"),
    ("a size that does not exist", ["demo", "--size", "huge"], "huge"),
]


@pytest.mark.parametrize(("_what", "arguments", "named"), COMMANDS, ids=[what for what, _, _ in COMMANDS])
def test_a_command_that_cannot_be_carried_out_is_one_sentence(tmp_path, run, _what, arguments, named):
    """The sentence names what is wrong; exit code 2; nothing is half-written."""
    make(tmp_path, "good.csv", GOOD.encode())
    done = run(*arguments)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert named in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["good.csv"]


# One of each kind of fault: of a list, of the network, of an option, and of a measurement.
ALONE = ("no such list", "a resolver that is down", "a norm that is none", "a measurement that is none")


@pytest.mark.parametrize(("_what", "arguments", "named"), [one for one in COMMANDS if one[0] in ALONE], ids=ALONE)
def test_the_program_itself_ends_the_same_way(tmp_path, _what, arguments, named):
    """As a process of its own as well: the sentence, exit code 2, nothing written."""
    make(tmp_path, "good.csv", GOOD.encode())
    done = run_alone(*arguments, cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert named in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["good.csv"]


def test_help_is_there_in_both_languages(tmp_path):
    """Every command explains itself in Dutch and in English."""
    for language, word in (("nl", "Meet alle domeinnamen"), ("en", "Measure every domain name")):
        done = run_alone("--help", cwd=tmp_path, language=language)
        assert done.returncode == 0
        assert word in done.stdout
