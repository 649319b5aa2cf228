# SPDX-License-Identifier: EUPL-1.2
"""The command agreements: what was agreed, and where a measurement stands on it."""

import csv
import string
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from meetlat.agreements.reading import AgreementFault
from meetlat.cli.agreements import agreements, spoken
from meetlat.cli.faults import UsageFault
from meetlat.model.agreement import State
from meetlat.model.judgement import Judgement
from meetlat.model.norm import Verdict
from meetlat.model.target import Role, Target
from meetlat.store.errors import MeasurementError
from tests.unit.made_up import DUINRADE, HEIDERIJK, SHARDS, VEENWAARD, measurement

_APP = typer.Typer()
_APP.command()(agreements)
_LIST = """
kind     = "pas_toe_of_leg_uit"
made_by  = "Forum Standaardisatie"
agreed   = 2023-05-25
in_force = 2023-05-25
reading  = "must"
sources  = ["https://example.org/lijst"]
name     = { nl = "Lijst: HSTS", en = "List: HSTS" }
werkingsgebied = { nl = "overheden", en = "government" }
asks     = [{ standard = "hsts", role = "web", norm = "2021-01" }]
"""


@pytest.fixture
def register(tmp_path) -> Path:
    """A register of one agreement."""
    folder = tmp_path / "register"
    folder.mkdir()
    (folder / "lijst.toml").write_text(_LIST, encoding="utf-8")
    return folder


@pytest.fixture
def folder(tmp_path) -> Path:
    """A measurement in which Duinrade keeps it, and Heiderijk does not; Veenwaard has no website."""
    verdicts = {DUINRADE: Verdict.COMPLIANT, HEIDERIJK: Verdict.NON_COMPLIANT}
    targets = {Target(line.domain, Role.WEB): verdict for line, verdict in verdicts.items()}
    measurement(tmp_path / "m", SHARDS, {one: [Judgement(one, "hsts", "2021-01", (), verdict, {})] for one, verdict in targets.items()})
    return tmp_path / "m"


def _run(register: Path, *arguments: object):
    everything = [str(argument) for argument in arguments] + ["--register", str(register)]
    return CliRunner().invoke(_APP, everything, env={"COLUMNS": "200"}, terminal_width=200)


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_languages_have_the_same_texts_with_the_same_placeholders():
    """Nothing is said in one language only."""
    shapes = [
        {(section, name): _placeholders(text) for section, inner in spoken.texts(language).items() for name, text in inner.items()}
        for language in ("nl", "en")
    ]
    assert shapes[0] == shapes[1]


def test_every_fault_and_state_has_its_words():
    """The English sentences of faults are those of the faults themselves."""
    assert spoken.texts("en")["fault"] == {fault.name.lower(): fault.value for fault in AgreementFault}
    assert set(spoken.texts("nl")["state"]) == {state.value for state in State}


def test_the_agreements_are_listed_with_their_sources(register):
    """Without a measurement."""
    ended = _run(register)
    assert ended.exit_code == 0
    for text in ("Lijst: HSTS", "2023-05-25", "https://example.org/lijst", "overheden", "HSTS 2021-01 (web)"):
        assert text in ended.output


def test_a_measurement_is_held_against_them(register, folder):
    """The whole, and each group; the reader is told what 'not kept' means of a list."""
    ended = _run(register, folder)
    assert ended.exit_code == 0
    assert ["alle", "groepen", "1", "2", "50,0%", "33,3%", "1", "0", "1"] in [line.split() for line in ended.output.splitlines()]
    assert "Waterschappen" in ended.output
    assert "pas toe of leg uit" in ended.output


def test_what_is_not_due_yet_has_a_column_where_something_is_not(register, folder):
    """On a day after it was agreed and before it binds."""
    (register / "lijst.toml").write_text(_LIST.replace("in_force = 2023-05-25", "in_force = 2025-01-01"), encoding="utf-8")
    ended = _run(register, folder, "--on", "2024-01-01")
    assert ["alle", "groepen", "1", "2", "50,0%", "33,3%", "0", "1", "0", "1"] in [line.split() for line in ended.output.splitlines()]


def test_a_group_is_shown_with_its_organisations(register, folder):
    """Whatever the case of the letters."""
    ended = _run(register, folder, "--group", "gemeenten")
    assert "Gemeente Heiderijk" in ended.output
    assert "Waterschappen" not in ended.output


def test_the_states_are_written_domain_by_domain(register, folder, tmp_path):
    """As CSV, of every domain."""
    assert _run(register, folder, "--on", "2024-01-01", "-o", tmp_path / "s.csv").exit_code == 0
    with (tmp_path / "s.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["domain"]: row["state"] for row in rows} == {
        DUINRADE.domain.name: "kept",
        HEIDERIJK.domain.name: "not_kept",
        VEENWAARD.domain.name: "not_applicable",
    }
    assert {row["on"] for row in rows} == {"2024-01-01"}


def test_another_norm_than_the_agreement_names_is_told(register, folder):
    """With the command that judges by the norm that it names; no percentage is shown."""
    (register / "lijst.toml").write_text(_LIST.replace("2021-01", "2012-11"), encoding="utf-8")
    ended = _run(register, folder)
    assert f"meetlat judge {folder} --norms hsts=2012-11" in ended.output
    assert "%" not in ended.output


def test_what_was_not_judged_is_told(register, folder):
    """An older measurement need not know every standard."""
    (register / "lijst.toml").write_text(_LIST.replace('"hsts"', '"https"').replace("2021-01", "2023-07"), encoding="utf-8")
    assert "niet beoordeeld op https" in _run(register, folder).output


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(("--on", "2024-01-01"), id="a day without a measurement"),
        pytest.param(("--group", "Gemeenten"), id="a group without a measurement"),
        pytest.param(("{m}", "--on", "gisteren"), id="no day"),
        pytest.param(("{m}", "--group", "Postduiven"), id="no such group"),
        pytest.param(("{m}", "-o", "/nowhere/s.csv"), id="nowhere to write"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(register, folder, arguments):
    """Never a traceback."""
    ended = _run(register, *(argument.format(m=folder) for argument in arguments))
    assert isinstance(ended.exception, UsageFault)


def test_no_measurement_is_told(register, tmp_path):
    """By the fault that every command has for it."""
    assert isinstance(_run(register, tmp_path / "nowhere").exception, MeasurementError)


def test_every_fault_of_the_register_is_told(register):
    """One line each, on standard error, and nothing is shown."""
    (register / "lijst.toml").write_text(_LIST.replace('"hsts"', '"telex"').replace("https://", ""), encoding="utf-8")
    ended = _run(register)
    assert isinstance(ended.exception, UsageFault)
    assert "2 fouten" in str(ended.exception)
    assert "HSTS" not in ended.stdout
