# SPDX-License-Identifier: EUPL-1.2
"""The command report with its forms, earlier measurements and re-judgements."""

import shutil
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
_PAGES = {"index.html", "brief.html"}


@pytest.fixture(scope="module", autouse=True)
def _in_dutch():
    """Whatever the language of who runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MEETLAT_LANG", "nl")
        yield


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Two measurements of the same, half a year apart."""
    made = tmp_path_factory.mktemp("measurements")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(made_up, "FINISHED", made_up.FINISHED - timedelta(days=182))
        first = measured(made / "first", {"A": (BAD, BAD, GOOD), "B": (BAD, GOOD)})
    return first, measured(made / "last", {"A": (GOOD, BAD, GOOD), "B": (GOOD, GOOD)})


@pytest.fixture(scope="module")
def everything(folders, tmp_path_factory):
    """A report in every form."""
    out = tmp_path_factory.mktemp("everything") / "r"
    assert _run(folders[1], "-o", out, "--format", "html,pdf,ods,csv", "--no-domain-pages").exit_code == 0
    return out


def _run(*arguments: object):
    return CliRunner().invoke(_APP, [str(argument) for argument in arguments])


@pytest.mark.parametrize(
    ("asked", "made"),
    [
        pytest.param("html", _PAGES, id="pages"),
        pytest.param("ods, csv", {*_PAGES, "meting.ods", "tabellen"}, id="tables"),
        pytest.param("PDF", {*_PAGES, "meting.pdf", "brief.pdf"}, id="on paper"),
    ],
)
def test_each_form_is_made_when_asked(folders, everything, tmp_path, asked, made):
    """The pages always; what was made before and is not asked for now is gone."""
    shutil.copytree(everything, tmp_path / "r")
    assert _made(tmp_path / "r") == {*_PAGES, "meting.pdf", "brief.pdf", "meting.ods", "tabellen"}
    assert _run(folders[1], "-o", tmp_path / "r", "--format", asked, "--no-domain-pages").exit_code == 0
    assert _made(tmp_path / "r") == made


def _made(report):
    """What a report consists of, but for what is always there."""
    kept = {path.name for path in report.iterdir() if path.is_file() or any(path.iterdir())}
    return kept - {"verdicts.csv", "verdicts.csv-metadata.json", "domein"}


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
