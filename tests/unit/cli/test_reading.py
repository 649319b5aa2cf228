# SPDX-License-Identifier: EUPL-1.2
"""The commands report and standards, and the words for what is wrong with a measurement folder."""

import string
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from meetlat.cli.faults import UsageFault
from meetlat.cli.reading import fault_sentence, told
from meetlat.cli.report import report
from meetlat.cli.standards import standards
from meetlat.standards.loading import standards as known
from meetlat.store.errors import Fault, MeasurementError
from tests.unit.made_up import SHARDS, measurement

_APP = typer.Typer()
_APP.command()(report)
_APP.command()(standards)


def _run(*arguments: object):
    return CliRunner().invoke(_APP, [str(argument) for argument in arguments])


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_languages_have_the_same_texts_with_the_same_placeholders():
    """Nothing is said in one language only."""
    shapes = [
        {(section, name): _placeholders(text) for section, inner in told.texts(language).items() for name, text in inner.items()}
        for language in ("nl", "en")
    ]
    assert shapes[0] == shapes[1]


@pytest.mark.parametrize("fault", Fault)
def test_every_fault_has_a_dutch_sentence(fault, monkeypatch):
    """It says what, where, and what to do."""
    monkeypatch.setenv("MEETLAT_LANG", "nl")
    sentence = fault_sentence(MeasurementError(fault, Path("/metingen/x"), "iets"))
    assert "/metingen/x" in sentence
    assert ";" in sentence
    assert sentence.endswith(".")


def test_english_sentences_are_those_of_the_error_itself():
    """They stand in two places, so they are compared."""
    assert told.texts("en")["measurement"].keys() == {fault.name.lower() for fault in Fault}
    for name in (Fault.DAMAGED, Fault.UNFINISHED, Fault.NOT_A_MEASUREMENT):
        assert told.texts("en")["measurement"][name.name.lower()] == name.value


@pytest.mark.parametrize(("lang", "title"), [("nl", "Meting van internetstandaarden"), ("en", "Measurement of internet standards")])
def test_report_writes_in_the_language_asked(tmp_path, lang, title):
    """And says where it stands."""
    measurement(tmp_path / "m", SHARDS, {})
    ended = _run("report", tmp_path / "m", "-o", tmp_path / "r", "--lang", lang)
    assert ended.exit_code == 0
    assert title in (tmp_path / "r" / "index.html").read_text()


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(("report", "nowhere", "-o", "r"), id="no measurement"),
        pytest.param(("report", "nowhere", "-o", "r", "--lang", "de"), id="unknown language"),
        pytest.param(("standards", "carrier-pigeon"), id="unknown standard"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(arguments):
    """Never a traceback."""
    ended = _run(*arguments)
    assert isinstance(ended.exception, UsageFault)


def test_standards_lists_each_standard():
    """By id."""
    ended = _run("standards")
    assert ended.exit_code == 0
    assert all(standard in ended.output for standard in known())


@pytest.mark.parametrize("standard", sorted(known()))
def test_each_standard_can_be_shown(standard):
    """With its norms."""
    ended = _run("standards", standard)
    assert ended.exit_code == 0
    assert all(norm.version in ended.output for norm in known()[standard].norms if known()[standard].rules)
