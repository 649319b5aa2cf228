# SPDX-License-Identifier: EUPL-1.2
"""The command trace, as a journalist and as an organisation that disputes a verdict use it."""

import json
import string

import pytest
import typer
from typer.testing import CliRunner

from meetlat.analysis.figure_reference import ReferenceFault
from meetlat.analysis.tracing import NoFigure
from meetlat.cli import shown
from meetlat.cli.faults import UsageFault
from meetlat.cli.trace import trace
from meetlat.cli.trace_words import tell
from meetlat.store.errors import Fault, MeasurementError
from tests.unit.publish.meting.measured import BAD, GAP, GOOD, NONE, measured

_APP = typer.Typer()
_APP.command()(trace)
_RULE = "hsts.header-is-present"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Five websites of municipalities, two of water boards."""
    monkeypatch.setenv("MEETLAT_LANG", "nl")
    shown.console.cache_clear()
    return measured(tmp_path / "m", {"Gemeenten": (GOOD, GOOD, BAD, GAP, NONE), "R@D": (GOOD, BAD)})


def _run(*arguments: object):
    return CliRunner().invoke(_APP, [str(one) for one in arguments], env={"COLUMNS": "200"}, terminal_width=200)


def _placeholders(text: str) -> set[str]:
    return {name.partition("!")[0] for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_languages_have_the_same_texts_with_the_same_placeholders():
    """Nothing is said in one language only."""
    shapes = [
        {(section, name): _placeholders(text) for section, inner in tell.texts(language).items() for name, text in inner.items()}
        for language in ("nl", "en")
    ]
    assert shapes[0] == shapes[1]


def test_every_fault_has_its_words():
    """The English sentences of faults are those of the faults themselves."""
    assert {fault.name.lower(): fault.value for fault in (*ReferenceFault, *NoFigure)}.items() <= tell.texts("en")["fault"].items()


def test_a_figure_shows_its_share_and_who_is_behind_it(folder):
    """Both denominators, what could not be judged, the query, the norm, the digests, and the domains per verdict."""
    found = _run(folder, "web/hsts@Gemeenten")
    assert found.exit_code == 0, found.exception
    assert "2 van de 3 beoordeelde domeinnamen voldoen: 66,7%" in found.stdout
    assert "Van alle 5 domeinnamen: 40,0%" in found.stdout
    assert "Voldoet: 2. Voldoet niet: 1. Niet vastgesteld: 1. N.v.t.: 1." in found.stdout
    assert "src/meetlat/analysis/sql/standards.sql" in found.stdout
    assert "Norm: HSTS 2021-01" in found.stdout
    assert "verdicts.parquet  sha256 " in found.stdout
    assert found.stdout.index("✘ voldoet niet (1)") < found.stdout.index("d002-0.nl") < found.stdout.index("? niet vastgesteld (1)")
    assert f"./meetlat trace {folder} web/hsts@Gemeenten d002-0.nl" in found.stdout


def test_one_verdict_and_a_few_domains(folder):
    """What is left out is counted."""
    found = _run(folder, "web/hsts", "--verdict", "compliant", "--most", "1")
    assert "d000-0.nl" in found.stdout
    assert "voldoet niet (" not in found.stdout
    assert "… en nog 2; toon ze met --most 3" in found.stdout


def test_a_domain_shows_what_decided_and_what_that_rests_on(folder):
    """Finding, weight under the norm, question, moment, place in the evidence, and the command to ask again."""
    found = _run(folder, "web/hsts", "d002-0.nl")
    assert found.exit_code == 0, found.exception
    assert "✘ d002-0.nl: voldoet niet" in found.stdout
    assert f"[{_RULE}]" in found.stdout
    assert "Dit beslist (eis, norm 2021-01)" in found.stdout
    assert "Rust op: [1]" in found.stdout
    assert "[1] http https://d002-0.nl/ 198.51.100.7" in found.stdout
    assert "2026-06-01 08:05:00 UTC, vanaf Testnet, Amsterdam, poging 1" in found.stdout
    assert "Staat in evidence/shard-00001.parquet, rij 0" in found.stdout
    assert "curl -q --globoff --include --insecure --max-time 20 --connect-to ::198.51.100.7: https://d002-0.nl/" in found.stdout
    assert "evidence/shard-00001.parquet  sha256 " in found.stdout
    assert "gemeten vanaf Testnet" in found.stdout


def test_the_domain_can_be_an_option(folder):
    """Either place, not both."""
    assert "d002-0.nl: voldoet niet" in _run(folder, "web/hsts", "--domain", "d002-0.nl").stdout
    assert isinstance(_run(folder, "web/hsts", "d002-0.nl", "--domain", "d002-0.nl").exception, UsageFault)


def test_of_a_composite_the_deciding_standards_are_named(folder):
    """With the command that goes on."""
    found = _run(folder, "web/iv-web", "d003-0.nl")
    assert "? HSTS: niet vastgesteld (beslist)" in found.stdout
    assert f"./meetlat trace {folder} web/hsts d003-0.nl" in found.stdout


def test_everything_is_written_as_json(folder, tmp_path):
    """A figure with all its domains; a domain down to the answer."""
    path = tmp_path / "trace.json"
    assert _run(folder, "web/hsts@R%40D", "-o", path).exit_code == 0
    figure = json.loads(path.read_text(encoding="utf-8"))
    assert figure["reference"] == "web/hsts@R%40D"
    assert (figure["share"]["compliant"], figure["share"]["judged"], figure["share"]["percentage_of_all"]) == (1, 2, 50.0)
    assert [one["domain"] for one in figure["domains"]["non_compliant"]] == ["d001-1.nl"]
    assert "count(*)" in figure["counted_by"]["sql"]
    assert _run(folder, "web/hsts", "d003-0.nl", "-o", path).exit_code == 0
    domain = json.loads(path.read_text(encoding="utf-8"))
    finding = domain["verdicts"][0]["findings"][0]
    assert (finding["rule"], finding["obligation"], finding["decides"], finding["cause"]) == (_RULE, "must", True, "path")
    observation = domain["needs"][0]["observations"][0]
    assert json.loads(observation["answer"])["status"] == 200
    assert observation["file_sha256"] == domain["verified_files"][observation["file"]]


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(("{folder}", "hsts"), id="no reference"),
        pytest.param(("{folder}", "web/spf"), id="no such figure"),
        pytest.param(("{folder}", "web/hsts@Gemeenten", "d000-1.nl"), id="a domain that it does not count"),
        pytest.param(("{folder}", "web/hsts", "geen domein"), id="no domain"),
        pytest.param(("{folder}", "web/hsts", "--verdict", "groen"), id="no verdict"),
        pytest.param(("{folder}", "web/hsts", "d000-0.nl", "--verdict", "compliant"), id="a verdict of a domain"),
        pytest.param(("{folder}", "web/hsts", "--most", "0"), id="nothing to show"),
        pytest.param(("{folder}", "web/hsts", "-o", "{folder}/no/where.json"), id="nowhere to write"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(folder, arguments):
    """No traceback."""
    found = _run(*(argument.format(folder=folder) for argument in arguments))
    assert isinstance(found.exception, UsageFault)
    assert "\n" not in str(found.exception)


def test_a_folder_that_was_changed_is_refused(folder):
    """A row less in the verdicts is another file than the manifest names; so is a manifest that names another."""
    manifest = folder / "manifest.json"
    whole = manifest.read_text(encoding="utf-8")
    named = json.loads(whole)
    named["files"]["verdicts.parquet"]["sha256"] = "0" * 64
    manifest.write_text(json.dumps(named), encoding="utf-8")
    found = _run(folder, "web/hsts").exception
    assert isinstance(found, MeasurementError)
    assert (found.fault, "its id" in found.detail) == (Fault.DAMAGED, True)
    manifest.write_text(whole, encoding="utf-8")
    with (folder / "verdicts.parquet").open("ab") as file:
        file.write(b"x")
    assert isinstance(_run(folder, "web/hsts").exception, MeasurementError)


def test_hostile_names_are_shown_and_not_obeyed(tmp_path, monkeypatch):
    """Markup and escapes in the name of an organisation are text."""
    monkeypatch.setenv("MEETLAT_LANG", "en")
    shown.console.cache_clear()
    folder = measured(tmp_path / "h", {"Gemeenten": (BAD,)}, "[red]x[/red]\x1b[2J")
    found = _run(folder, "web/hsts")
    assert "[red]x[/red]\\u001b[2J" in found.stdout
    assert "\x1b[2J" not in found.stdout
    shown.console.cache_clear()
