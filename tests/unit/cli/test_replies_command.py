# SPDX-License-Identifier: EUPL-1.2
"""The commands preview and replies, from preview to corrected figures."""

import csv
import string

import pytest
import typer
from typer.testing import CliRunner

from meetlat.cli.faults import UsageFault
from meetlat.cli.replies import app, phrase, preview
from meetlat.model.judgement import Judgement
from meetlat.model.norm import Verdict
from meetlat.model.target import Role, Target
from meetlat.replies.faults import FormFault, RegisterFault
from meetlat.replies.form import HEADERS
from meetlat.replies.reply import Kind, State
from tests.unit.made_up import DUINRADE, HEIDERIJK, SHARDS, measurement

_APP = typer.Typer()
_APP.command()(preview)
_APP.add_typer(app, name="replies")


@pytest.fixture
def folder(tmp_path):
    """A measurement in which Duinrade and Heiderijk do not keep HSTS."""
    targets = [Target(line.domain, Role.WEB) for line in (DUINRADE, HEIDERIJK)]
    measurement(tmp_path / "m", SHARDS, {one: [Judgement(one, "hsts", "2021-01", (), Verdict.NON_COMPLIANT, {})] for one in targets})
    return tmp_path / "m"


def _run(*arguments: object):
    return CliRunner().invoke(_APP, [str(one) for one in arguments], env={"COLUMNS": "250"}, terminal_width=250)


def _filled(folder, tmp_path, *cells: str):
    """Make a preview, and fill in the form of Duinrade."""
    assert _run("preview", folder, "-o", tmp_path / "p").exit_code == 0
    (form,) = (tmp_path / "p").glob("gemeente-duinrade-*/wederhoor.csv")
    rows = list(csv.reader(form.read_text(encoding="utf-8-sig").splitlines(), delimiter=";"))
    rows[1][8:] = cells
    with (tmp_path / "w.csv").open("w", newline="") as file:
        csv.writer(file, delimiter=";").writerows(rows)
    return tmp_path / "w.csv"


def _import(form, folder, tmp_path, *more):
    return _run("replies", "import", form, "--register", tmp_path / "r", "--by", "CISO Jansen", "--measurement", folder, *more)


def test_from_preview_to_corrected_figures(folder, tmp_path):
    """A dispute is imported, accepted, listed and counted; no name of a person comes out unless it is asked for."""
    form = _filled(folder, tmp_path, "betwist", "klopt niet", "logboek", "", "")
    register = ("--register", tmp_path / "r")
    assert _import(form, folder, tmp_path).exit_code == 0
    assert "open" in _run("replies", "list", *register).output
    assert _run("replies", "decide", "2026-0001", "--outcome", "accepted", *register, "--by", "analist Smit").exit_code == 0
    listed = _run("replies", "list", *register, "-o", tmp_path / "list.csv")
    assert "akkoord" in listed.output
    shown = _run("replies", "figures", folder, *register, "-o", tmp_path / "corrections.csv")
    assert "0/2 0,0% (0, 0)" in shown.output
    assert "0/1 0,0% (1, 0) *" in shown.output
    published = listed.output + shown.output + (tmp_path / "list.csv").read_text() + (tmp_path / "corrections.csv").read_text()
    assert not {"Jansen", "Smit", "logboek"} & {word for word in ("Jansen", "Smit", "logboek") if word in published}
    _run("replies", "list", *register, "-o", tmp_path / "named.csv", "--with-names")
    assert "CISO Jansen" in (tmp_path / "named.csv").read_text()


def test_a_bad_form_is_refused_whole(folder, tmp_path):
    """Every fault is told with file, row and column, and no register comes to be."""
    form = _filled(folder, tmp_path, "leg uit", "", "", "", "2020-01-01")
    result = _import(form, folder, tmp_path)
    assert isinstance(result.exception, UsageFault)
    assert "2 fouten" in str(result.exception)
    assert not (tmp_path / "r" / "replies.jsonl").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(("replies", "list", "--register", "nergens"), id="no register"),
        pytest.param(("replies", "list", "--register", "nergens", "--on", "gisteren"), id="no date"),
        pytest.param(("replies", "list", "--register", "nergens", "--state", "boos"), id="no state"),
        pytest.param(("replies", "decide", "x", "--outcome", "open", "--register", "r", "--by", "a@b.nl"), id="an e-mail address"),
        pytest.param(
            ("replies", "decide", "x", "--outcome", "open", "--register", "r", "--by", "a", "--on", "2999-01-01"), id="a day to come"
        ),
        pytest.param(("preview", "nergens", "-o", "p", "--lang", "de"), id="another language"),
    ],
)
def test_faults_are_told(arguments, tmp_path, monkeypatch):
    """One sentence."""
    monkeypatch.chdir(tmp_path)
    assert isinstance(_run(*arguments).exception, UsageFault)


def test_only_the_sender(folder, tmp_path):
    """With --organisation lines of another one are refused, and an organisation that is not there is a fault."""
    form = _filled(folder, tmp_path, "betwist", "x", "y", "", "")
    for name in ("Gemeente Heiderijk", "Gemeente Nergens"):
        assert isinstance(_import(form, folder, tmp_path, "--organisation", name).exception, UsageFault)
    assert _import(form, folder, tmp_path, "--organisation", "gemeente duinrade").exit_code == 0


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_languages_have_the_same_texts_and_one_for_each_value():
    """With the same placeholders; nothing is said in one language only."""
    found = [
        {f"{section}.{name}": _placeholders(text) for section, lines in phrase.texts(language).items() for name, text in lines.items()}
        for language in ("nl", "en")
    ]
    assert found[0] == found[1]
    assert set(phrase.texts("nl")["form"]) == {fault.value for fault in FormFault}
    assert set(phrase.texts("nl")["register"]) == {fault.value for fault in RegisterFault}
    assert set(phrase.texts("nl")["kind"]) == {kind.value for kind in Kind}
    assert set(phrase.texts("nl")["state"]) == {state.value for state in State}
    assert set(phrase.texts("nl")["form_column"]) == set(HEADERS)
