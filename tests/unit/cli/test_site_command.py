# SPDX-License-Identifier: EUPL-1.2
"""The command site: what it is given, what it refuses, and that a refusal leaves nothing behind."""

from datetime import date, timedelta

import pytest
import typer
from typer.testing import CliRunner

from meetlat.cli.faults import UsageFault
from meetlat.cli.site import site
from meetlat.model.target import Role
from meetlat.replies.register import add_decisions, add_replies, existing
from meetlat.replies.reply import Decision, Kind, Outcome, Reply, Source, Statement
from meetlat.store.errors import MeasurementError
from meetlat.store.manifest import read_manifest
from tests.unit import made_up
from tests.unit.publish.meting.measured import BAD, GOOD, measured

_APP = typer.Typer()
_APP.command()(site)


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """Two measurements of the same, half a year apart."""
    monkeypatch.setenv("MEETLAT_LANG", "nl")
    with monkeypatch.context() as patch:
        for moment in ("STARTED", "FINISHED"):
            patch.setattr(made_up, moment, getattr(made_up, moment) - timedelta(days=182))
        first = measured(tmp_path / "first", {"A": (BAD, BAD, GOOD), "B": (BAD, GOOD)})
    return first, measured(tmp_path / "last", {"A": (GOOD, BAD, GOOD), "B": (GOOD, GOOD)})


def _run(*arguments: object):
    return CliRunner().invoke(_APP, [str(argument) for argument in arguments])


def test_the_last_in_time_is_the_one_that_the_site_is_about(folders, tmp_path):
    """Whatever the order in which they are given: two of five became four of five."""
    found = _run(folders[1], folders[0], "-o", tmp_path / "s")
    assert found.exit_code == 0
    assert str(tmp_path / "s" / "index.html") in found.output.replace("\n", "")
    text = (tmp_path / "s" / "nl" / "index.html").read_text(encoding="utf-8")
    assert "van 2 naar 4 van de 5 domeinnamen" in text
    assert read_manifest(folders[1]).id in text


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        pytest.param(("{1}", "{1}"), UsageFault, "dezelfde meting", id="the same measurement twice"),
        pytest.param(("{0}", "{2}"), MeasurementError, "", id="no measurement"),
        pytest.param(("{2}",), MeasurementError, "", id="no measurement at all"),
        pytest.param(("{1}", "--suppliers", "{2}"), UsageFault, "", id="no suppliers"),
        pytest.param(("{1}", "--replies", "{2}"), UsageFault, "", id="no register of replies"),
        pytest.param(("{1}", "--rejudged", "{0}"), UsageFault, "", id="no re-judgement of it"),
        pytest.param(("{1}", "--data", "{2}"), UsageFault, "geen map", id="no data"),
        pytest.param(("{1}", "-o", "{0}"), UsageFault, "bevat geen eerdere site", id="a folder with something else"),
    ],
)
def test_what_cannot_be_done_is_said_and_leaves_nothing(folders, tmp_path, options, error, said):
    """One sentence, and no site that is half there."""
    places = (*folders, tmp_path / "nowhere")
    written = [option.format(*places) for option in options]
    found = _run(*written, *(() if "-o" in options else ("-o", tmp_path / "s")))
    assert isinstance(found.exception, error)
    assert said in str(found.exception)
    assert not (tmp_path / "s").exists()


def test_replies_stand_beside_what_was_measured(folders, tmp_path):
    """An accepted dispute takes one website out of what was judged: 4 of 5 becomes 4 of 4, and both are shown; no name of a person is."""
    says = Statement(Kind.DISPUTE, "Organisatie A", "d001-0.nl", (Role.WEB,), "hsts", text="klopt niet", evidence="logboek")
    day = date(2026, 6, 10)
    reply = Reply("", day, "Jansen", read_manifest(folders[1]).id, Source("w.csv", "0" * 64, 2), says)
    add_replies(tmp_path / "r", [reply], existing(tmp_path / "r"))
    add_decisions(tmp_path / "r", [Decision("2026-0001", day, "Smit", Outcome.ACCEPTED, "")])
    assert _run(folders[1], "-o", tmp_path / "s", "--replies", tmp_path / "r").exit_code == 0
    text = (tmp_path / "s" / "nl" / "index.html").read_text(encoding="utf-8")
    table = text[text.index('id="corrections"') :]
    assert table.index("80,0%") < table.index("4 van 5") < table.index("100,0%") < table.index("4 van 4")
    of_domain = (tmp_path / "s" / "nl" / "domain" / "d001-0.nl.html").read_text(encoding="utf-8")
    assert "Reactie van 10 juni 2026 over HSTS" in of_domain
    assert not [word for word in ("Jansen", "Smit", "logboek") if word in text + of_domain]


def test_the_data_are_linked_from_where_the_site_stands(folders, tmp_path):
    """The link is relative, so site and data can move together."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "index.html").write_text("data", encoding="utf-8")
    assert _run(folders[1], "-o", tmp_path / "s", "--data", tmp_path / "data").exit_code == 0
    assert 'href="../../data/index.html"' in (tmp_path / "s" / "en" / "data.html").read_text(encoding="utf-8")
