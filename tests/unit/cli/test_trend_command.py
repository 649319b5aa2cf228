# SPDX-License-Identifier: EUPL-1.2
"""The command trend: what it shows, in which order, what it refuses, and the files that it writes."""

import csv
import string
import tomllib
from fractions import Fraction
from importlib.resources import files

import pytest
import typer
from typer.testing import CliRunner

from meetlat.cli import trend_tables
from meetlat.cli.faults import UsageFault
from meetlat.cli.shown import console
from meetlat.cli.trend import trend
from tests.unit.analysis.in_time import in_time

_APP = typer.Typer()
_APP.command()(trend)
_NORM = {"hsts": "2021-01"}


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """Three measurements of forty domains: ten, twenty and thirty comply, and one of those that complied went back and forth."""
    monkeypatch.setenv("MEETLAT_LANG", "nl")
    monkeypatch.setenv("COLUMNS", "160")
    console.cache_clear()
    made = []
    for day, count in (("2025-01-01", 10), ("2025-07-01", 20), ("2026-01-01", 30)):
        letters = {f"d{number:02d}.nl": "c" if number < count else "n" for number in range(40)}
        letters["d00.nl"] = "n" if day == "2025-07-01" else "c"
        made.append(in_time(tmp_path / day, day, letters))
    yield made
    console.cache_clear()


def _run(*arguments: object):
    return CliRunner().invoke(_APP, [str(argument) for argument in arguments])


def test_the_answer_comes_first(folders):
    """Then shares, causes, what to expect and who moved: each with its counts."""
    shown = _run(*folders)
    assert shown.exit_code == 0
    places = [
        shown.output.index(text) for text in ("Is de groei eruit?", "Aandeel dat voldoet", "Waardoor", "Vooruitblik", "Beter en slechter")
    ]
    assert places == sorted(places)
    assert "47,5%" in shown.output  # 19 of 40 at the second measurement
    assert "75,0% (30/40) 75,0% (40)" in shown.output
    assert "11 keer beter, 0 keer slechter, waarvan 1 keer heen en weer" in shown.output


def test_the_rest_is_kept_for_the_files(folders, monkeypatch):
    """Of many movements the first are shown, and where the others are is told."""
    monkeypatch.setattr(trend_tables, "MOST_SHOWN", 4)
    assert "… en 7 meer; met -o staan ze er allemaal in" in _run(*folders).output


def test_one_group_shows_its_organisations(folders):
    """And the name may be written in any case."""
    assert "Gemeente d07.nl" in _run(*folders, "--group", "gemeenten").output


@pytest.mark.parametrize(
    ("chosen", "options", "said"),
    [
        pytest.param((0,), (), "zijn twee of meer metingen nodig", id="one measurement"),
        pytest.param((0, 0), (), "bevatten dezelfde meting", id="the same twice"),
        pytest.param(
            (0, 1), ("--standard", "fax"), "--standard fax: die staat niet in deze metingen; kies uit hsts", id="unknown standard"
        ),
        pytest.param(
            (0, 1), ("--group", "Burgers"), "--group Burgers: die groep is er niet in deze metingen; kies uit Gemeenten", id="unknown group"
        ),
        pytest.param((0, 1), ("--rejudged", "{2}"), "is geen herbeoordeling", id="no re-judgement"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_sentence(folders, chosen, options, said):
    """Exit code 2 by its kind, and nothing shown."""
    ended = _run(*(folders[at] for at in chosen), *(option.format(*folders) for option in options))
    assert isinstance(ended.exception, UsageFault)
    assert said in str(ended.exception)
    assert not ended.output


def test_another_norm_is_refused_with_what_mends_it(folders, tmp_path):
    """The command can be copied."""
    old = in_time(tmp_path / "old", "2024-01-01", {"d00.nl": "n"}, norms={"hsts": "2018-01"})
    ended = _run(old, folders[0])
    assert isinstance(ended.exception, UsageFault)
    assert f"meetlat judge {old} --norms" in str(ended.exception)


def test_the_files_hold_everything(folders, tmp_path):
    """Every share of every set, and parts of a split that add up exactly."""
    assert _run(*folders, "-o", tmp_path / "out").exit_code == 0
    rows = {
        path.stem: list(csv.DictReader(path.read_text(encoding="utf-8").splitlines())) for path in sorted((tmp_path / "out").glob("*.csv"))
    }
    assert set(rows) == {"forecast", "growth", "movements", "shares", "split"}
    whole = [row for row in rows["shares"] if (row["key"], row["group"], row["set"]) == ("hsts", "", "full")]
    assert [(row["compliant"], row["judged"], row["total"]) for row in whole] == [
        ("10", "40", "40"),
        ("19", "40", "40"),
        ("30", "40", "40"),
    ]
    for row in rows["split"]:
        parts = ("colour", "undetermined", "not_applicable", "norm", "gone", "came")
        assert sum(Fraction(row[part]) for part in parts) == Fraction(row["total"])
    (back,) = [row for row in rows["movements"] if (row["key"], row["back_and_forth"]) == ("hsts", "yes")]
    assert (back["domain"], back["was"], back["is_now"]) == ("d00.nl", "non_compliant", "compliant")


def test_a_folder_that_cannot_be_written_is_told(folders, tmp_path):
    """In one sentence."""
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    assert isinstance(_run(*folders, "-o", tmp_path / "file" / "out").exception, UsageFault)


def test_both_languages_say_the_same():
    """The same keys, filled in with the same arguments."""
    nl, en = (tomllib.loads((files("meetlat.cli") / "texts" / f"trend.{of}.toml").read_text(encoding="utf-8")) for of in ("nl", "en"))

    def filled(book):
        return {
            (section, key): {name for _, name, _, _ in string.Formatter().parse(text) if name}
            for section, of_section in book.items()
            for key, text in of_section.items()
        }

    assert filled(nl) == filled(en)


def test_english_as_well(folders, monkeypatch):
    """The same tables."""
    monkeypatch.setenv("MEETLAT_LANG", "en")
    shown = _run(*folders).output
    assert "Is growth out of it?" in shown
    assert "11 times better, 0 times worse, of which back and forth: 1" in shown
