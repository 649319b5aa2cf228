# SPDX-License-Identifier: EUPL-1.2
"""What the chapters of the report say, from figures that can be counted by hand."""

from dataclasses import replace

import pytest

from meetlat.analysis.share import Share
from meetlat.analysis.shortfalls import BrokenRule, OrganisationShare, Shortfall, shortfalls
from meetlat.model.agreement import AgreementKind, Ask
from meetlat.model.domain import Domain
from meetlat.model.norm import Verdict
from meetlat.model.partial_date import PartialDate
from meetlat.model.target import Listing, Role
from meetlat.publish.meting.advice import told_advice
from meetlat.publish.meting.agreements import agreements_chapter
from meetlat.publish.meting.annex import annex_tables, organisation_tables
from meetlat.publish.meting.causes import causes_chapter
from meetlat.publish.meting.document import Bullets, Files, Paragraph, Table
from meetlat.publish.meting.figures import Given, LeverFigures, ministries
from meetlat.publish.meting.groups import groups_chapter, ministries_chapter
from meetlat.publish.meting.report_document import report_document
from meetlat.publish.meting.summary import conclusions
from meetlat.publish.meting.wording import DASH, Wording
from meetlat.standards.loading import standards
from tests.unit.made_up import judgement, measurement
from tests.unit.publish.meting.measured import AGREED, BAD, GAP, GOOD, NONE, RULE, figures, measured

NL = Wording("nl")
MIXED = {"Gemeenten": (GOOD, GOOD, BAD, GAP, NONE), "Ministeries": (GOOD, BAD)}


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    """Seven websites in two groups."""
    return measured(tmp_path_factory.mktemp("mixed") / "m", MIXED)


def _tables(chapter):
    return [block for block in chapter.blocks if isinstance(block, Table)]


def _cells(table, line):
    return [(cell.text, cell.small, cell.rest) for cell in table.lines[line].cells]


def test_the_conclusions_say_the_figures(mixed):
    """Three of five judged, with what was left out, and the agreement with its own share."""
    said = list(conclusions(figures(mixed), NL))
    assert said[0] == (
        "Van de 5 websites die konden worden beoordeeld, voldoen er 3 aan alle standaarden die meetellen (60,0%). "
        "Van alle 7 gemeten websites is dat 42,9%. Niet vastgesteld: 1; n.v.t.: 1."
    )
    assert "aan “Afspraak HSTS” houdt zich 60,0%: 3 van 5; 1 niet vastgesteld, 1 n.v.t." in said[1]
    assert "Gemeenten het hoogst (66,7%: 2 van 3; 1 niet vastgesteld, 1 n.v.t.)" in said[2]
    assert "Ministeries het laagst (50,0%: 1 van 2; 0 niet vastgesteld, 0 n.v.t.)" in said[2]


def test_each_group_shows_all_four_numbers(mixed):
    """In every cell of the matrix, and of the whole."""
    matrix = _tables(groups_chapter(figures(mixed), NL, 6))[0]
    assert _cells(matrix, 0)[:2] == [("Gemeenten", "", ""), ("66,7%", "2 van 3", "? 1 · n.v.t. 1")]
    assert _cells(matrix, -1)[:2] == [("Alle groepen", "", ""), ("60,0%", "3 van 5", "? 1 · n.v.t. 1")]


def test_a_percentage_never_stands_alone(mixed):
    """Whatever table it is in: the counts are in its cell, or in columns of the same line."""
    document = report_document(figures(mixed), NL, Files(()))
    counted = {NL.say(f"words.{name}") for name in ("judged", "undetermined", "not_applicable")}
    for chapter in document.chapters:
        for table in _tables(chapter):
            titles = {column.title for column in table.columns}
            for line in table.lines:
                bare = [cell for cell in line.cells if cell.text.endswith("%") and not cell.small]
                assert not bare or titles >= counted or "Aandeel van beoordeeld" in titles, table.caption


def test_a_requirement_shows_what_was_left_out(mixed):
    """In the chapter on causes, the summary and the advice: how many fall short, of how many, and what is unknown or does not apply."""
    rules = next(table for table in _tables(causes_chapter(figures(mixed), NL, 8)) if table.caption == NL.say("causes.caption"))
    assert _cells(rules, 0)[2:] == [("2", "", ""), ("40,0%", "2 van 5", "? 1 · n.v.t. 1")]
    told = "voldoen daar 2 van 5 (40,0%; 1 niet vastgesteld, 1 n.v.t.) niet aan"
    assert any(told in sentence for sentence in conclusions(figures(mixed), NL))
    assert "houden 2 van 5 (40,0%; 1 niet vastgesteld, 1 n.v.t.) zich er niet aan" in dict(told_advice(figures(mixed), NL))["rule"]


def test_both_denominators_are_named_where_they_are_used(mixed):
    """The share of what was judged, and the share of everything, as the dashboard of Internet.nl has it."""
    web = report_document(figures(mixed), NL, Files(())).chapters[2]
    table = _tables(web)[0]
    assert [column.title for column in table.columns[1:3]] == ["Aandeel van beoordeeld", "Aandeel van alles"]
    assert [cell.text for cell in table.lines[-1].cells] == ["Alles samen (web)", "60,0%", "42,9%", "3", "5", "1", "1"]


_NUMBERS = {"role": "websites", "asked": "6", "undetermined": "1"}


@pytest.mark.parametrize(
    ("groups", "keys"),
    [
        pytest.param({"Gemeenten": (GOOD,) * 20}, set(), id="everything is in order: no advice"),
        pytest.param({"Gemeenten": (GOOD,) * 19 + (BAD,)}, {"agreement", "rule"}, id="95 of a hundred is enough for a standard"),
        pytest.param({"Gemeenten": (GOOD,) * 18 + (BAD,) * 2}, {"agreement", "rule", "standard"}, id="90 of a hundred is not"),
        pytest.param({"A": (GOOD,) * 30, "B": (GOOD,) * 5 + (BAD,) * 5}, {"agreement", "rule", "standard", "group"}, id="a group lags"),
        pytest.param({"A": (GOOD,) * 30, "B": (BAD,) * 9}, {"agreement", "rule", "standard"}, id="a group too small to say so"),
        pytest.param({"A": (GOOD,) * 19 + (GAP,)}, set(), id="one in twenty unknown is still little"),
        pytest.param({"A": (GOOD,) * 18 + (GAP,) * 2}, {"unknown"}, id="too much is unknown"),
        pytest.param({"A": (GOOD,) * 18 + (NONE,) * 9}, set(), id="not applicable is not unknown"),
    ],
)
def test_advice_follows_fixed_rules(tmp_path, groups, keys):
    """Each only when its rule says so."""
    assert {key for key, _ in told_advice(figures(measured(tmp_path / "m", groups)), NL)} == keys


def test_an_obligation_of_the_list_is_no_reason_to_call_on_anyone(mixed):
    """It binds when something is bought."""
    listed = replace(AGREED, kind=AgreementKind.PAS_TOE_OF_LEG_UIT)
    assert "agreement" not in dict(told_advice(figures(mixed, Given(agreements={listed.id: listed})), NL))


def test_the_best_lever_is_advised(mixed):
    """With the shares before and after."""
    lever = LeverFigures("web", "webfabriek.example", "hsts", "HSTS", "r", "De eis", "website", 7, Share(3, 5, 1, 1), Share(5, 5, 1, 1))
    said = dict(told_advice(figures(mixed, Given(levers=(lever,))), NL))["lever"]
    assert "webfabriek.example" in said
    assert "60,0%: 3 van 5; 1 niet vastgesteld, 1 n.v.t." in said
    assert "100,0%: 5 van 5; 1 niet vastgesteld, 1 n.v.t." in said


@pytest.mark.parametrize(
    ("agreement", "share", "not_kept", "not_due"),
    [
        pytest.param(AGREED, "60,0%", "2", "0", id="the date has passed"),
        pytest.param(replace(AGREED, by=PartialDate(2030)), "60,0%", "0", "2", id="the date has yet to come"),
        pytest.param(replace(AGREED, asks=(Ask("hsts", Role.WEB, norm="1999-01"),)), "niet te zeggen", "0", "0", id="by another norm"),
    ],
)
def test_an_agreement_says_who_keeps_it(mixed, agreement, share, not_kept, not_due):
    """Falling short before the day is not yet breaking it; what cannot be told has no percentage."""
    table = _tables(agreements_chapter(figures(mixed, Given(agreements={agreement.id: agreement})), NL, 10))[0]
    texts = [cell.text for cell in table.lines[0].cells]
    assert (texts[1], texts[4], texts[5]) == (share, not_kept, not_due)


def test_what_an_agreement_cannot_tell_says_why(mixed):
    """The norm that it names, and the norm that was judged by."""
    other = replace(AGREED, asks=(Ask("hsts", Role.WEB, norm="1999-01"),))
    chapter = agreements_chapter(figures(mixed, Given(agreements={other.id: other})), NL, 10)
    remarks = [item for block in chapter.blocks if isinstance(block, Bullets) for item in block.items]
    assert any("volgens norm 1999-01; deze meting is beoordeeld naar norm 2021-01" in remark for remark in remarks)


def test_without_agreements_the_chapter_says_so(mixed):
    """It is not left empty."""
    chapter = agreements_chapter(figures(mixed, Given()), NL, 10)
    assert chapter.blocks == (Paragraph("Er zijn geen afspraken opgegeven."),)


_SHARES = (
    OrganisationShare("Ministeries", "Ministerie van Duinen", Role.WEB, Share(1, 2, 0, 0)),
    OrganisationShare("Uitvoerders", "Dienst Zandbanken", Role.WEB, Share(3, 4, 1, 0)),
    OrganisationShare("Gemeenten", "Gemeente Duinrade", Role.WEB, Share(5, 5, 0, 0)),
)


@pytest.mark.parametrize(
    ("ministry_of", "found"),
    [
        pytest.param(None, {"Ministerie van Duinen": Share(1, 2, 0, 0)}, id="no register: only what is in its own name"),
        pytest.param(
            {"Dienst Zandbanken": "Ministerie van Duinen", "Ministerie van Duinen": "Ministerie van Duinen"},
            {"Ministerie van Duinen": Share(4, 6, 1, 0)},
            id="with a register: what falls under it too, and nothing of whom it does not know",
        ),
        pytest.param({}, {"Ministerie van Duinen": Share(1, 2, 0, 0)}, id="a register that knows nobody: a ministry is still its own"),
    ],
)
def test_ministries_add_up(ministry_of, found):
    """By the register, or by the group of ministries."""
    assert {one.name: one.shares[Role.WEB] for one in ministries(_SHARES, ministry_of)} == found


def test_the_ministries_that_the_targets_name_are_used(tmp_path):
    """A list with a column of ministries needs nothing more; the chapter then tells of all that falls under them."""
    lines = [
        Listing(Domain("duinen.nl"), "Ministerie van Duinen", "Ministeries", (Role.WEB,)),
        Listing(Domain("zandbanken.nl"), "Dienst Zandbanken", "Uitvoerders", (Role.WEB,), None, "Ministerie van Duinen"),
    ]
    judged = {one.targets()[0]: [judgement(one.targets()[0], "hsts", {RULE: GOOD}, "")] for one in lines}
    measurement(tmp_path / "m", [lines], judged)
    found = figures(tmp_path / "m")
    assert {one.name: one.shares[Role.WEB] for one in found.ministries} == {"Ministerie van Duinen": Share(2, 2, 0, 0)}
    assert "die daaronder vallen" in ministries_chapter(found, NL, 7).blocks[0].text


@pytest.mark.parametrize(
    ("ids", "registered"),
    [
        pytest.param((None, None, None), 0, id="written by hand"),
        pytest.param(("https://organisaties.example/1", None, None), 1, id="part by hand"),
        pytest.param(
            ("https://organisaties.example/1", "https://organisaties.example/2", "https://organisaties.example/3"), 2, id="from it"
        ),
    ],
)
def test_the_ministries_are_of_whom_the_list_has_them_from(tmp_path, ids, registered):
    """Two organisations have a ministry: the register is named only as far as they stand there with its ids."""
    ministries_of = ("Ministerie van Duinen", "Ministerie van Duinen", None)
    lines = [
        Listing(Domain(f"d{at}.nl"), f"Dienst {at}", "Uitvoerders", (Role.WEB,), id_, ministry)
        for at, (id_, ministry) in enumerate(zip(ids, ministries_of, strict=True))
    ]
    measurement(tmp_path / "m", [lines], {one.targets()[0]: [judgement(one.targets()[0], "hsts", {RULE: GOOD})] for one in lines})
    said = ministries_chapter(figures(tmp_path / "m"), NL, 7).blocks[0].text
    assert f"waarbij die lijst een ministerie noemt: 2; daarvan met hun kenmerk uit het register van organisaties: {registered}." in said


def test_without_ministries_the_chapter_says_why(tmp_path):
    """A list of municipalities only."""
    chapter = ministries_chapter(figures(measured(tmp_path / "m", {"Gemeenten": (GOOD,)})), NL, 7)
    assert not _tables(chapter)
    assert "kan dit hoofdstuk niet worden gevuld" in chapter.blocks[0].text


def test_the_annex_names_every_domain_and_what_it_breaks(mixed):
    """Per group, in order, with the verdict on everything."""
    found = shortfalls(mixed, standards().values(), {"hsts": "2021-01"})
    tables = list(annex_tables(found, NL, standards(), "domein"))
    assert [(one.group, len(one.table.lines)) for one in tables] == [("Gemeenten", 5), ("Ministeries", 2)]
    broken = tables[0].table.lines[2].cells
    assert (broken[0].text, broken[0].link, broken[1].verdict) == ("d002-0.nl", "domein/d002-0.nl.html", Verdict.NON_COMPLIANT)
    assert broken[3].lines == ("Web, HSTS: De website stuurt over HTTPS een HSTS-header",)
    assert tables[0].table.lines[0].cells[3].text == DASH


def test_a_long_annex_is_cut_in_tables(monkeypatch):
    """Each says which part of the group it holds, and no domain is lost."""
    monkeypatch.setattr("meetlat.publish.meting.annex.LONGEST_TABLE", 4)
    found = [Shortfall(f"d{number}.nl", "O", "Gemeenten", None, None, ()) for number in range(10)]
    tables = list(annex_tables(found, NL, standards()))
    assert [(one.first, one.last, len(one.table.lines)) for one in tables] == [(1, 4, 4), (5, 8, 4), (9, 10, 2)]
    assert tables[1].table.caption == "Gemeenten, domeinnamen 5 tot en met 8"


def test_a_domain_with_very_many_shortfalls_stays_readable():
    """The first twelve and how many more."""
    broken = tuple(BrokenRule(Role.WEB, "hsts", f"hsts.r{number}") for number in range(30))
    (one,) = annex_tables([Shortfall("d.nl", "O", "Gemeenten", Verdict.NON_COMPLIANT, None, broken)], NL, standards())
    lines = one.table.lines[0].cells[3].lines
    assert (len(lines), lines[-1]) == (13, "en nog 18")


def test_organisations_stand_in_for_domains_when_there_are_too_many():
    """A line an organisation, with both roles and what was left out."""
    (first, *_) = organisation_tables(_SHARES[:1], NL)
    assert [cell.text for cell in first.lines[0].cells] == ["Ministerie van Duinen", "50,0%", "0 / 0", DASH, "0 / 0"]
