# SPDX-License-Identifier: EUPL-1.2
"""The command organisations: from exports to a list of targets that `meetlat measure` reads."""

import csv
import string
from pathlib import Path

import pytest
from typer.testing import CliRunner

from meetlat.cli.faults import UsageFault
from meetlat.cli.organisations import app, phrase
from meetlat.cli.targets import read_targets
from meetlat.model.domain import Domain
from meetlat.model.organisation import Change
from meetlat.model.target import Listing, Role
from meetlat.organisations.difference import What
from meetlat.organisations.faults import ImportFault, RegisterFault, Remark
from meetlat.organisations.history import Event
from meetlat.organisations.target_list import LeftOut
from tests.unit.organisations.made_up_registers import (
    AGENCY,
    DUINRADE,
    DUINRADE_XML,
    HEIDERIJK,
    RIO_XML,
    ROO_XML,
    domains,
    host,
    organisation,
    rio,
    roo,
    written,
)


def _run(*arguments: object):
    return CliRunner().invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": "250"}, terminal_width=250)


@pytest.fixture
def exports(tmp_path) -> tuple[Path, Path]:
    """An export of each register, of the same day."""
    return written(tmp_path / "exportOO.xml", ROO_XML), written(tmp_path / "exportRIO.xml", RIO_XML)


@pytest.fixture
def register(tmp_path, exports) -> Path:
    """A register with that day."""
    assert _run("import", *exports, "--register", tmp_path / "register").exit_code == 0
    return tmp_path / "register"


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_languages_have_the_same_texts_with_the_same_placeholders():
    """And a text for each fault, remark, reason, event and difference."""
    dutch, english = (
        {(section, name): _placeholders(text) for section, inner in phrase.texts(language).items() for name, text in inner.items()}
        for language in ("nl", "en")
    )
    assert dutch == english
    assert phrase.texts("en")["remark"] == {one.name.lower(): one.value for one in Remark}
    assert phrase.texts("en")["register"] == {one.name.lower(): one.value for one in RegisterFault}
    assert {name: text for name, text in phrase.texts("en")["fault"].items() if name != "place"} == {
        one.name.lower(): one.value for one in ImportFault
    }
    for section, values in (("what", What), ("left_out", LeftOut)):
        assert set(phrase.texts("nl")[section]) == {one.value for one in values}
    told = {one.value for one in (*Event, *Change)} - {"succession"}
    assert set(phrase.texts("nl")["event"]) == told | {"after"}


def test_an_import_says_what_it_holds_and_twice_is_nothing_new(tmp_path, exports):
    """What was left out is told with its file and line."""
    first = _run("import", *exports, "--register", tmp_path / "r")
    assert "2026-09-01: 6 organisaties en 7 regels met domeinnamen staan in" in first.stdout
    assert "exportRIO.xml, regel 8: javascript:alert(1) is geen domeinnaam; overgeslagen" in first.stderr
    assert "er is niets veranderd" in _run("import", *exports, "--register", tmp_path / "r").stdout


def test_a_refused_import_leaves_nothing(tmp_path):
    """Every fault with its place, in the language of the terminal; no folder."""
    bad = written(tmp_path / "x.xml", roo(organisation("", "", "A", "Gemeente") + organisation("t", "5", "B", "Hofhouding")))
    result = _run("import", bad, "--register", tmp_path / "r")
    assert isinstance(result.exception, UsageFault)
    assert "2 fouten; er is niets ingelezen" in str(result.exception)
    assert "x.xml, regel 4: A heeft geen TOOI-URI en geen ROO-nummer" in result.stderr
    assert "x.xml, regel 5: B (type Hofhouding) hoort bij geen groep" in result.stderr
    assert not (tmp_path / "r").exists()


def test_the_list_of_targets_is_read_by_measure_without_faults(register, tmp_path):
    """From exports to listings: names, groups, roles by purpose, ids and ministries; what is not on it is counted with the reason."""
    result = _run("targets", "--register", register, "--on", "2026-09-01", "-o", tmp_path / "targets.csv")
    assert result.exit_code == 0, result.exception
    ministry = "Ministerie van Duinen en Kust"
    assert read_targets(tmp_path / "targets.csv") == (
        [
            Listing(Domain("duinrade.nl"), "Gemeente Duinrade", "Gemeenten", (Role.WEB, Role.MAIL), DUINRADE, None),
            Listing(Domain("www.duinrade.nl"), "Gemeente Duinrade", "Gemeenten", (Role.WEB,), DUINRADE, None),
            Listing(Domain("xn--zandbnken-z2a.nl"), "Dienst Zandbanken", "Uitvoerders", (Role.WEB,), AGENCY, ministry),
        ],
        [],
    )
    assert "3 van de 5 domeinnamen op 2026-09-01 staan in" in result.stdout  # oud.duinrade.nl was given up in 2020
    assert "2 niet op de lijst, omdat wat met dit gebruiksdoel staat niet wordt gemeten: duin-reserve.nl, leeg.duinrade.nl" in result.stdout


def test_two_organisations_of_one_name_are_told_apart_in_the_list(tmp_path):
    """Figures are counted by name, so the list gives each a name of its own."""
    names = [
        organisation(id_, "", "Gemeente Bergen", "Gemeente", domains(host(f"{number}.nl")))
        for id_, number in ((DUINRADE, "a"), (HEIDERIJK, "b"))
    ]
    path = written(tmp_path / "rio.xml", rio("".join(names)))
    _run("import", path, "--register", tmp_path / "r")
    assert _run("targets", "--register", tmp_path / "r", "-o", tmp_path / "t.csv", "--on", "2026-09-01").exit_code == 0
    assert [one.organisation for one in read_targets(tmp_path / "t.csv")[0]] == ["Gemeente Bergen (gm1)", "Gemeente Bergen (gm2)"]


def test_without_the_domain_register_there_is_nothing_to_measure(tmp_path):
    """One sentence, and no file."""
    _run("import", written(tmp_path / "roo.xml", ROO_XML), "--register", tmp_path / "r")
    result = _run("targets", "--register", tmp_path / "r", "-o", tmp_path / "t.csv", "--on", "2026-09-01")
    assert "Lees ook het domeinregister in" in str(result.exception)
    assert not (tmp_path / "t.csv").exists()


def test_a_register_with_a_name_that_no_folder_can_have(tmp_path, exports):
    """One sentence, for each command that reads or writes it."""
    for arguments in (("import", *exports), ("list",)):
        assert isinstance(_run(*arguments, "--register", tmp_path / ("x" * 300)).exception, UsageFault)


def test_list_and_show(register, tmp_path):
    """By group, to a file; and one organisation with its names."""
    listed = _run("list", "--register", register, "--on", "2026-09-01", "--group", "gemeenten", "-o", tmp_path / "o.csv")
    assert "Gemeente Heiderijk" in listed.stdout
    rows = list(csv.reader((tmp_path / "o.csv").read_text(encoding="utf-8").splitlines()))
    assert [row[1] for row in rows] == ["name", "Gemeente Duinrade", "Gemeente Heiderijk"]
    shown = _run("show", "denk", "--register", register, "--on", "2026-09-01")
    assert "Ministerie van Duinen en Kust" in shown.stdout
    assert "voor het eerst ingelezen als" in shown.stdout
    assert "duinrade.nl, " in _run("show", "21", "--register", register, "--on", "2026-09-01").stdout
    assert "Let op" in _run("list", "--register", register, "--on", "2020-01-01").stderr


def test_the_difference_of_two_days(register, tmp_path):
    """As a table with counts, and as CSV."""
    later = roo(DUINRADE_XML.replace("Gemeente Duinrade", "Gemeente Duinrade aan Zee"), stamp="2026-10-01")
    later_names = rio(organisation(DUINRADE, "21", "D", "Gemeente", domains(host("duinrade.nl", "E-mail"))), stamp="2026-10-01")
    _run("import", written(tmp_path / "l.xml", later), written(tmp_path / "n.xml", later_names), "--register", register)
    result = _run("diff", "2026-09-01", register / "2026-10-01", "--register", register, "-o", tmp_path / "d.csv")
    assert "domeinnaam weg: 5" in result.stdout  # seven lines, of which oud.duinrade.nl had been given up and one is still there
    assert "organisatie beëindigd: 5" in result.stdout
    rows = list(csv.reader((tmp_path / "d.csv").read_text(encoding="utf-8").splitlines()))
    assert ["organisation_renamed", "Gemeente Duinrade aan Zee", DUINRADE, "Gemeente Duinrade", "Gemeente Duinrade aan Zee"] in rows
    assert "Er is geen verschil" in _run("diff", "2026-09-01", "2026-09-01", "--register", register).stdout


def test_a_register_that_was_not_imported_says_nothing(register, tmp_path):
    """Names are not gone because only the other register was imported; organisations have not ended because only some groups were."""
    names_only = written(tmp_path / "n.xml", RIO_XML.replace("2026-09-01", "2026-10-01"))
    _run("import", names_only, "--register", register)
    assert _run("import", written(tmp_path / "o.xml", ROO_XML), "--register", register, "--day", "2026-11-01").exit_code == 0
    first, second = (_run("diff", "2026-09-01", day, "--register", register) for day in ("2026-10-01", "2026-11-01"))
    assert "Welke organisaties nieuw of beëindigd zijn, is niet te zeggen" in first.stderr
    assert "beëindigd:" not in first.stdout
    assert "Wat er met domeinnamen gebeurde, is niet te zeggen" in second.stderr
    assert "Er is geen verschil" in second.stdout


def test_who_ended_is_still_shown(tmp_path):
    """What was merged is what people look up: it is said that it was not there, and then what is known of it."""
    ended = roo(DUINRADE_XML.replace("</p:startDatum>", "</p:startDatum><p:eindDatum>2025-12-31</p:eindDatum>"))
    _run("import", written(tmp_path / "roo.xml", ended), "--register", tmp_path / "r")
    shown = _run("show", "Gemeente Duinrade", "--register", tmp_path / "r", "--on", "2026-09-01")
    assert "Op 2026-09-01 was er geen organisatie “Gemeente Duinrade”." in shown.stderr
    assert "Einde: 2025-12-31" in shown.stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        pytest.param(("list", "--on", "gisteren"), "--on gisteren: geen datum", id="no day"),
        pytest.param(("list", "--group", "Koningen"), "die groep is er niet; kies uit Gemeenschappelijke regelingen", id="no such group"),
        pytest.param(
            ("show", "Gemeente Nergens"), "In geen enkele ingelezen dag staat een organisatie “Gemeente Nergens”", id="no such organisation"
        ),
        pytest.param(("diff", "2026-09-01", "2026-09-03"), "bevat geen ingelezen dag", id="a day that was not imported"),
        pytest.param(("diff", "x" * 300, "2026-09-03"), "geen datum", id="a name that no folder can have"),
        pytest.param(("targets", "-o", "/dev/null/x"), "is niet te schrijven", id="a file that cannot be written"),
        pytest.param(("list", "--groups", "/nergens.toml"), "/nergens.toml is niet goed", id="no file of groups"),
    ],
)
def test_what_a_person_did_is_one_sentence(register, arguments, sentence):
    """No traceback."""
    result = _run(*arguments, "--register", register)
    assert isinstance(result.exception, UsageFault)
    assert sentence in str(result.exception)
