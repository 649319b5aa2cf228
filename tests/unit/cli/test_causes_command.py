# SPDX-License-Identifier: EUPL-1.2
"""The commands causes and worklist."""

import csv
import string
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from meetlat.analysis.indicators import COMPOSITES
from meetlat.analysis.suppliers import SupplierFault
from meetlat.cli.causes import causes, tell, worklist
from meetlat.cli.faults import UsageFault
from meetlat.model.finding import Status
from meetlat.store.errors import MeasurementError
from tests.unit.analysis.hosted import PUBLISHED, STANDARDS, Made, hosted

_APP = typer.Typer()
_APP.command()(causes)
_APP.command()(worklist)
_POST = "mx1.postkade.nl"


@pytest.fixture
def folder(tmp_path) -> Path:
    """Three domains that break DANE at one supplier, one that keeps it there, and one elsewhere."""
    mades = [Made(f"d{number}.nl", mx=(_POST,), outcomes={PUBLISHED: {_POST: Status.VIOLATED}}) for number in range(3)]
    mades += [Made("goed.nl", mx=(_POST,)), Made("elders.nl", "Waterschap Elders", "Waterschappen", mx=("mx.elders.nl",))]
    hosted(tmp_path / "m", mades, STANDARDS)
    return tmp_path / "m"


def _run(*arguments: object):
    return CliRunner().invoke(_APP, [str(one) for one in arguments], env={"COLUMNS": "240"}, terminal_width=240)


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_composite_has_a_name():
    """In words, with the id that the files have."""
    assert set(tell.texts("nl")["figure"]) == set(COMPOSITES)


def test_both_languages_have_the_same_texts_with_the_same_placeholders():
    """Nothing is said in one language only."""
    shapes = [
        {(section, name): _placeholders(text) for section, inner in tell.texts(language).items() for name, text in inner.items()}
        for language in ("nl", "en")
    ]
    assert shapes[0] == shapes[1]


def test_every_fault_has_its_words():
    """The English sentences of faults are those of the faults themselves."""
    assert tell.texts("en")["fault"] == {fault.name.lower(): fault.value for fault in SupplierFault}


def test_causes_shows_who_shares_what_and_what_mending_gives(folder):
    """Both denominators stand there: two of five comply now, all five when the supplier mends it."""
    found = _run("causes", folder)
    assert found.exit_code == 0
    assert "mailleverancier postkade.nl" in found.stdout
    assert "tilt het van 40,0% (2/5) naar 100,0% (5/5) van beoordeeld (van alle 5: van 40,0% naar 100,0%)" in found.stdout
    assert "1. mailleverancier postkade.nl: 3 erbij, dan 100,0% (5/5) (dane.mail-is-published)" in found.stdout


def test_causes_says_so_when_there_is_none(tmp_path):
    """And how many coincidences were left out."""
    hosted(tmp_path / "m", [Made("goed.nl", mx=(_POST,))], STANDARDS)
    assert "Er is geen gedeelde oorzaak" in _run("causes", tmp_path / "m").stdout


def test_suppliers_get_the_name_that_the_user_gave(folder, tmp_path):
    """From a file of the user's own."""
    names = tmp_path / "namen.toml"
    names.write_text('[suppliers.x]\nname = "Postkade [B.V.]"\ndomains = ["postkade.nl"]\n', encoding="utf-8")
    assert "mailleverancier Postkade [B.V.]" in _run("causes", folder, "--suppliers", names).stdout


def test_levers_and_hosting_are_written(folder, tmp_path):
    """One row per lever, one per domain."""
    levers, hosting = tmp_path / "l.csv", tmp_path / "h.csv"
    assert _run("causes", folder, "-o", levers, "--hosting", hosting).exit_code == 0
    with levers.open(encoding="utf-8", newline="") as file:
        assert [row[1] for row in csv.reader(file)] == ["Naam", _POST, "postkade.nl"]
    with hosting.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["Domeinnaam"]: row["E-mail"] for row in rows}["elders.nl"] == "bekend, eigen beheer"
    assert {row["Mailleverancier"] for row in rows} == {"postkade.nl", "elders.nl"}


def test_the_work_list_is_written_and_counted(folder, tmp_path):
    """The agreement on DANE has passed."""
    path = tmp_path / "w.csv"
    found = _run("worklist", folder, "-o", path)
    assert "3 taken bij 3 organisaties" in found.stdout
    assert "3 zijn het laatste obstakel, 3 hebben een gedeelde oorzaak, 3 zijn te laat" in found.stdout
    with path.open(encoding="utf-8", newline="") as file:
        assert [row["Te laat"] for row in csv.DictReader(file)] == ["ja"] * 3


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        pytest.param(("causes", "nowhere"), MeasurementError, id="no such folder"),
        pytest.param(("causes", "{folder}", "--count", "0"), UsageFault, id="no suppliers at all"),
        pytest.param(("causes", "{folder}", "--suppliers", "nowhere.toml"), UsageFault, id="no file of suppliers"),
        pytest.param(("causes", "{folder}", "-o", "{folder}/no/where.csv"), UsageFault, id="nowhere to write"),
        pytest.param(("worklist", "{folder}", "-o", "{folder}/w.csv", "--on", "gisteren"), UsageFault, id="no date"),
        pytest.param(("worklist", "{folder}", "-o", "{folder}/w.csv", "--group", "Provincies"), UsageFault, id="no such group"),
        pytest.param(("worklist", "{folder}", "-o", "{folder}/w.csv", "--earlier", "{folder}"), UsageFault, id="not earlier"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(folder, arguments, error):
    """No traceback."""
    found = _run(*(argument.format(folder=folder) for argument in arguments))
    assert isinstance(found.exception, error)
    assert str(found.exception)


def test_one_group_gets_its_own_list(folder, tmp_path):
    """Whatever the case of its letters."""
    assert "3 taken" in _run("worklist", folder, "-o", tmp_path / "w.ods", "--group", "gemeenten").stdout
