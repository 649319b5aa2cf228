# SPDX-License-Identifier: EUPL-1.2
"""The command report with its forms, earlier measurements and re-judgements."""

from datetime import timedelta

import pytest
import typer
from typer.testing import CliRunner

from meetlat.cli.faults import UsageFault
from meetlat.cli.report import report
from meetlat.model.target import Role
from meetlat.publish import report as publishing
from meetlat.publish.meting.pdf_library import PdfError
from meetlat.replies.register import Register, add_decisions, add_replies
from meetlat.replies.reply import Decision, Kind, Outcome, Reply
from meetlat.store.manifest import read_manifest
from tests.unit import made_up
from tests.unit.publish.meting.measured import BAD, GOOD, measured
from tests.unit.replies.made_up_replies import DAY, REPLIED, SOURCE, said

_APP = typer.Typer()
_APP.command()(report)


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """Two measurements of the same, half a year apart."""
    monkeypatch.setenv("MEETLAT_LANG", "nl")
    with monkeypatch.context() as patch:
        patch.setattr(made_up, "FINISHED", made_up.FINISHED - timedelta(days=182))
        first = measured(tmp_path / "first", {"A": (BAD, BAD, GOOD), "B": (BAD, GOOD)})
    return first, measured(tmp_path / "last", {"A": (GOOD, BAD, GOOD), "B": (GOOD, GOOD)})


def _run(*arguments: object):
    return CliRunner().invoke(_APP, [str(argument) for argument in arguments])


@pytest.mark.parametrize(
    ("asked", "made"),
    [
        pytest.param("html", {"index.html", "brief.html"}, id="pages"),
        pytest.param("ods, csv", {"index.html", "brief.html", "meting.ods", "tabellen"}, id="tables"),
        pytest.param("PDF", {"index.html", "brief.html", "meting.pdf", "brief.pdf"}, id="on paper"),
    ],
)
def test_each_form_is_made_when_asked(folders, tmp_path, asked, made):
    """The pages always; what was made before and is not asked for now is gone."""
    for form in ("html,pdf,ods,csv", asked):
        assert _run(folders[1], "-o", tmp_path / "r", "--format", form, "--no-domain-pages").exit_code == 0
    kept = {path.name for path in (tmp_path / "r").iterdir() if path.is_file() or any(path.iterdir())}
    assert kept - {"verdicts.csv", "verdicts.csv-metadata.json", "domein"} == made


def test_the_domains_are_linked_when_they_have_pages(folders, tmp_path):
    """Not when they have none."""
    for option, count in (("--domain-pages", 5), ("--no-domain-pages", 0)):
        assert _run(folders[1], "-o", tmp_path / "r", option).exit_code == 0
        assert (tmp_path / "r" / "index.html").read_text(encoding="utf-8").count('href="domein/') == count


def test_an_earlier_measurement_gives_a_trend(folders, tmp_path):
    """In the report and in the letter."""
    assert _run(folders[1], "-o", tmp_path / "r", "--earlier", folders[0]).exit_code == 0
    assert "van 2 naar 4 van de 5 domeinnamen" in (tmp_path / "r" / "index.html").read_text(encoding="utf-8")
    assert "van 2 naar 4 van de 5 domeinnamen" in (tmp_path / "r" / "brief.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("of", "options", "said"),
    [
        pytest.param(1, ("--format", "docx"), "docx", id="unknown form"),
        pytest.param(1, ("--format", ","), "kies uit html", id="no form"),
        pytest.param(1, ("--earlier", "{1}"), "dezelfde meting", id="the same measurement twice"),
        pytest.param(0, ("--earlier", "{1}"), "later dan de meting van het rapport", id="a later one is not earlier"),
        pytest.param(1, ("--rejudged", "{0}"), "geen herbeoordeling", id="no re-judgement"),
        pytest.param(1, ("--on", "2026-07-01"), "--on hoort bij --replies", id="a day of no replies"),
        pytest.param(1, ("--replies", "{0}"), "replies.jsonl", id="a folder that is no register of replies"),
    ],
)
def test_what_cannot_be_done_is_told_before_anything_is_made(folders, tmp_path, of, options, said):
    """In one sentence."""
    ended = _run(folders[of], "-o", tmp_path / "r", *(option.format(*folders) for option in options))
    assert isinstance(ended.exception, UsageFault)
    assert said in str(ended.exception)
    assert not (tmp_path / "r").exists()


def test_a_missing_library_is_told_after_the_rest_is_made(folders, tmp_path, monkeypatch):
    """With what to install."""

    def missing() -> object:
        raise PdfError("libpango-1.0-0")

    monkeypatch.setattr(publishing, "pdf_maker", missing)
    ended = _run(folders[1], "-o", tmp_path / "r", "--format", "html,pdf")
    assert isinstance(ended.exception, UsageFault)
    assert "apt-get install libpango-1.0-0" in str(ended.exception)
    assert (tmp_path / "r" / "index.html").is_file()


def test_replies_give_corrected_figures_as_of_the_last_of_them(folders, tmp_path):
    """Whatever the day is on which the report is written; --on takes them as they stood before."""
    holder = said(Kind.NOT_OURS, "", organisation="Organisatie B", domain="d000-1.nl", roles=(Role.WEB,))
    register, known = tmp_path / "replies", Register()
    reply = Reply("", REPLIED, "CISO", read_manifest(folders[1]).id, SOURCE, holder)
    (added,) = add_replies(register, [reply], known)
    add_decisions(register, [Decision(added.id, DAY, "analist", Outcome.ACCEPTED)])
    for options, is_corrected in (((), True), (("--on", "2026-06-30"), False)):
        assert _run(folders[1], "-o", tmp_path / "r", "--replies", register, *options).exit_code == 0
        text = (tmp_path / "r" / "index.html").read_text(encoding="utf-8")
        assert ("Gecorrigeerd na wederhoor (75,0%: 3 van 4; 0 niet vastgesteld, 0 n.v.t.)" in text) is is_corrected
        assert ("zoals die stonden op 1 juli 2026" in text) is is_corrected
