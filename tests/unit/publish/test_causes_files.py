# SPDX-License-Identifier: EUPL-1.2
"""The work list, levers and hosting as files that people open in a spreadsheet."""

import csv
import string
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from python_calamine import CalamineWorkbook

from meetlat.analysis.hosting import hosting
from meetlat.analysis.leverage import causes
from meetlat.analysis.worklist import tasks
from meetlat.model.finding import Status
from meetlat.publish.causes_files import HOSTING, LEVERS, WORKLIST, Sheet, hosting_rows, lever_rows, words, worklist_rows, write_sheet
from meetlat.standards.loading import standards
from tests.unit.analysis.hosted import PUBLISHED, STANDARDS, Made, hosted

_MADE_AT = datetime(2026, 6, 2, tzinfo=UTC)
_POST = "mx1.postkade.nl"


@pytest.fixture
def folder(tmp_path):
    """Three domains that break DANE at one supplier; the name of one organisation looks like a formula."""
    mades = [
        Made(f"d{number}.nl", '=HYPERLINK("http://boos.example")', mx=(_POST,), outcomes={PUBLISHED: {_POST: Status.VIOLATED}})
        for number in range(3)
    ]
    hosted(tmp_path / "m", mades, STANDARDS)
    return tmp_path / "m"


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_column_has_a_title_and_every_row_its_width(folder, language):
    """In both languages."""
    found = causes(folder, STANDARDS)
    rows = {
        WORKLIST: worklist_rows(tasks(folder, STANDARDS), standards(), language),
        LEVERS: lever_rows(found.levers, standards(), language),
        HOSTING: hosting_rows(hosting(folder), language),
    }
    for columns, lines in rows.items():
        assert set(columns) <= set(words(language)["column"])
        assert {len(line) for line in lines} == {len(columns)}


def test_both_languages_have_the_same_words():
    """With the same placeholders."""
    shapes = [
        {
            (section, name): [part[1] for part in string.Formatter().parse(text)]
            for section, inner in words(one).items()
            for name, text in inner.items()
        }
        for one in ("nl", "en")
    ]
    assert shapes[0] == shapes[1]


def test_a_task_is_told_in_the_words_of_the_guidance(folder, tmp_path):
    """With the shared cause, what it gives, and a cell that is no formula."""
    path = tmp_path / "w.csv"
    assert write_sheet(path, Sheet("worklist", WORKLIST, worklist_rows(tasks(folder, STANDARDS), standards(), "nl")), "nl", _MADE_AT) == 3
    with path.open(encoding="utf-8", newline="") as file:
        head, first, *_ = csv.reader(file)
    task = dict(zip(WORKLIST, first, strict=True))
    assert head[0] == "Organisatie"
    assert task["organisation"] == '\'=HYPERLINK("http://boos.example")'
    assert task["sentences"] == "mx1.postkade.nl heeft geen TLSA-records op {name}."
    assert (task["cause_kind"], task["cause"], task["others"]) == ("mailleverancier", "postkade.nl", "2")
    assert (task["points"], task["shared_points"], task["is_last"]) == ("33.3333", "100.0", "ja")
    assert task["link"].startswith("https://www.forumstandaardisatie.nl/")


def test_a_workbook_holds_the_same_with_numbers_as_numbers(folder, tmp_path):
    """And no formula."""
    path = tmp_path / "w.ods"
    write_sheet(path, Sheet("worklist", WORKLIST, worklist_rows(tasks(folder, STANDARDS), standards(), "nl")), "nl", _MADE_AT)
    workbook = CalamineWorkbook.from_path(path)
    _, first, *_ = workbook.get_sheet_by_index(0).to_python()
    task = dict(zip(WORKLIST, first, strict=True))
    assert workbook.sheet_names == ["Werklijst"]
    assert (task["organisation"], task["others"], task["points"]) == ('\'=HYPERLINK("http://boos.example")', 2.0, 33.3333)


@pytest.mark.parametrize("name", ["w.csv", "w.ods"])
def test_the_same_measurement_gives_the_same_bytes(folder, tmp_path, name):
    """Byte for byte."""
    written = []
    for place in ("a", "b"):
        (tmp_path / place).mkdir()
        path = tmp_path / place / name
        write_sheet(path, Sheet("worklist", WORKLIST, worklist_rows(tasks(folder, STANDARDS), standards(), "nl")), "nl", _MADE_AT)
        written.append(path.read_bytes())
    assert written[0] == written[1]


def test_sentences_and_cells_are_bounded(folder):
    """However much an attacker writes in a banner."""
    (first, *_) = tasks(folder, STANDARDS)
    violation = first.violations[0]
    endless = replace(violation.finding, arguments={"host": "x" * 5_000, "name": "y"})
    many = tuple(
        replace(violation, finding=replace(endless, arguments={"host": f"{number}" + "x" * 5_000, "name": ""})) for number in range(20)
    )
    (row,) = worklist_rows([replace(first, violations=many)], standards(), "nl")
    sentences = str(row[WORKLIST.index("sentences")])
    assert len(sentences) < 3_000
    assert sentences.endswith("(en nog 14)")


def test_control_characters_and_markup_stay_text(tmp_path):
    """XML cannot hold a NUL, and a tag is no markup here."""
    path = tmp_path / "h.ods"
    row = ("a\x00b\ud800", "<x>&", *[""] * (len(HOSTING) - 2))
    write_sheet(path, Sheet("hosting", HOSTING, [row]), "nl", _MADE_AT)
    _, first = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    assert first[:2] == ["a\\u0000b\\ud800", "<x>&"]
