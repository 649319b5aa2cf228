# SPDX-License-Identifier: EUPL-1.2
"""The command opendata."""

import string

import pytest
import typer
from typer.testing import CliRunner

from meetlat.cli.faults import UsageFault
from meetlat.cli.opendata import name_it, opendata
from meetlat.publish.open_data.folder import OpenDataFault
from tests.unit.publish.meting.measured import BAD, GOOD, measured

_APP = typer.Typer()
_APP.command()(opendata)
_PUBLISHER = (
    *("--publisher-name", "Gemeente Duinrade", "--publisher-uri", "https://organisaties.example/duinrade"),
    *("--base-uri", "https://data.example/meetlat", "--contact", "data@gemeente-duinrade.nl"),
)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Two websites."""
    monkeypatch.setenv("MEETLAT_LANG", "nl")
    return measured(tmp_path / "m", {"Gemeenten": (GOOD, BAD)})


def _run(*arguments: object):
    return CliRunner().invoke(_APP, [str(one) for one in arguments], env={"COLUMNS": "200"}, terminal_width=200)


def test_both_languages_have_the_same_texts_with_the_same_placeholders():
    """And the English sentences of faults are those of the faults themselves."""
    shapes = [
        {
            (section, name): {field for _, field, _, _ in string.Formatter().parse(text) if field}
            for section, inner in name_it.texts(language).items()
            for name, text in inner.items()
        }
        for language in ("nl", "en")
    ]
    assert shapes[0] == shapes[1]
    assert name_it.texts("en")["fault"] == {fault.name.lower(): fault.value for fault in OpenDataFault}


def test_open_data_are_written_and_counted(folder, tmp_path):
    """With the description; the web address of the folder gets its slash."""
    found = _run(folder, "-o", tmp_path / "d", *_PUBLISHER)
    assert found.exit_code == 0, found.exception
    assert "12 tabellen" in found.output
    assert str(tmp_path / "d" / "index.html") in found.output
    assert "<https://data.example/meetlat/verdicts.csv>" in (tmp_path / "d" / "dcat.ttl").read_text(encoding="utf-8")


def test_without_a_publisher_the_description_is_left_out_and_that_is_said(folder, tmp_path):
    """In one sentence, with what to give."""
    found = _run(folder, "-o", tmp_path / "d")
    assert found.exit_code == 0, found.exception
    assert "--publisher-name" in found.output
    assert not (tmp_path / "d" / "dcat.ttl").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(("--publisher-name", "Duinrade"), "--publisher-uri, --base-uri, --contact", id="half a publisher"),
        pytest.param(("--frequency", "ANNUAL_2"), "--publisher-name", id="a frequency without a publisher"),
        pytest.param((*_PUBLISHER, "--frequency", "SOMETIMES"), "ANNUAL_2", id="no frequency"),
        pytest.param((*_PUBLISHER, "--publisher-uri", "duinrade"), "--publisher-uri", id="no web address"),
        pytest.param((*_PUBLISHER, "--contact", "bel ons"), "--contact", id="no contact"),
        pytest.param(("{folder}",), "al is opgegeven", id="a measurement twice"),
        pytest.param(("-o", "{folder}/d"), "map van een meting", id="into a measurement"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(folder, tmp_path, arguments, said):
    """No traceback, and nothing written."""
    found = _run(folder, "-o", tmp_path / "d", *(argument.format(folder=folder) for argument in arguments))
    assert isinstance(found.exception, UsageFault)
    assert said in str(found.exception)
    assert not (tmp_path / "d").exists()
