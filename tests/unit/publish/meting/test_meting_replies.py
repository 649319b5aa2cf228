# SPDX-License-Identifier: EUPL-1.2
"""The right of reply in the report, the letter and the tables: corrected beside measured, and who and when."""

import csv
from datetime import date

import pytest

from meetlat.analysis.share import Share
from meetlat.model.target import Role
from meetlat.publish.letter import letter_document
from meetlat.publish.meting.csv_files import write_csv_files
from meetlat.publish.meting.data_tables import data_tables
from meetlat.publish.meting.document import Bullets, Cards, Files, Paragraph, Table
from meetlat.publish.meting.figures import Given
from meetlat.publish.meting.report_document import report_document
from meetlat.publish.meting.wording import Wording
from meetlat.replies.corrected import corrected
from meetlat.replies.reply import Decision, Kind, Outcome, Reply, Standing
from meetlat.standards.loading import standards
from meetlat.store.manifest import read_manifest
from tests.unit.publish.meting.measured import BAD, GOOD, figures, measured
from tests.unit.replies.made_up_replies import DAY, REPLIED, SOURCE, said

NL = Wording("nl")
MEASURED = ("20,0%", "1 van 5", "? 0 · n.v.t. 0")
AFTER = "33,3%: 1 van 3; 1 niet vastgesteld, 0 n.v.t."


def _standing(number, kind, measurement, standard="hsts", **more):
    """What the holder of one domain says, accepted."""
    stated = said(kind, standard, organisation="Organisatie Gemeenten", domain=f"d{number:03d}-0.nl", roles=(Role.WEB,), **more)
    reply = Reply(f"2026-{number:04d}", REPLIED, "Jan Jansen", measurement, SOURCE, stated)
    return Standing(reply, Decision(reply.id, date(2026, 6, 25), "Piet Pietersen", Outcome.ACCEPTED, "geheime reden"), DAY)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Five websites, of which the first complies."""
    return measured(tmp_path_factory.mktemp("replies") / "m", {"Gemeenten": (GOOD, BAD, BAD, BAD, BAD)})


@pytest.fixture(scope="module")
def told(folder):
    """The second is disputed, the third explained, the fourth is not theirs; so one of three, and one not known."""
    id_ = read_manifest(folder).id
    replies = [
        _standing(1, Kind.DISPUTE, id_),
        _standing(2, Kind.LEG_UIT, id_, due=date(2027, 1, 1)),
        _standing(3, Kind.NOT_OURS, id_, standard=""),
    ]
    return figures(folder, Given(corrections=corrected(folder, replies, DAY, standards())))


@pytest.fixture(scope="module")
def document(told):
    """The report of that."""
    return report_document(told, NL, Files(()))


def _chapter(document, key):
    return next(chapter for chapter in document.chapters if chapter.id == key)


def _tables(chapter):
    return [block for block in chapter.blocks if isinstance(block, Table)]


def test_the_corrected_shares_are_known_by_reference(told):
    """Of everything and of the standard, for all groups and for the group."""
    assert told.corrected == dict.fromkeys(("web/iv-web", "web/iv-web@Gemeenten", "web/hsts", "web/hsts@Gemeenten"), Share(1, 3, 1, 0))


def test_the_summary_says_both(document):
    """In the large figure and in the conclusions; the measured one stays."""
    summary = _chapter(document, "summary")
    (card,) = next(block for block in summary.blocks if isinstance(block, Cards)).items
    assert (card.share, card.corrected) == (Share(1, 5, 0, 0), f"Gecorrigeerd na wederhoor ({AFTER}).")
    said_first = next(block for block in summary.blocks if isinstance(block, Bullets)).items[0]
    assert "voldoen er 1 aan alle standaarden die meetellen (20,0%)" in said_first
    assert said_first.endswith(f"Gecorrigeerd na wederhoor ({AFTER}).")


def test_tables_have_a_marked_line_below_the_measured_one(document):
    """With its own numbers; and the matrix says it in the cell."""
    lines = _tables(_chapter(document, "web"))[0].lines
    assert [[cell.text for cell in line.cells] for line in lines[:2]] == [
        ["HSTS", "20,0%", "20,0%", "1", "5", "0", "0"],
        ["gecorrigeerd na wederhoor", "33,3%", "25,0%", "1", "3", "1", "0"],
    ]
    cell = _tables(_chapter(document, "groups"))[0].lines[0].cells[1]
    assert (cell.text, cell.small, cell.rest) == MEASURED
    assert cell.corrected == f"gecorrigeerd: {AFTER}"


def test_the_chapter_lists_what_each_reply_does(document):
    """Which organisation, domain and standard, what it does, and when; never a person or a reason."""
    shares, listed = _tables(_chapter(document, "replies"))
    first = shares.lines[0].cells
    assert [cell.text for cell in first] == ["Alles samen (web)", "20,0%", "33,3%", "3", "1", "0", "0"]
    rows = [[cell.text for cell in line.cells] for line in listed.lines if line.cells[1].text == "HSTS"]
    effects = {row[2]: row[3:] for row in rows}
    assert effects["Betwist en aangenomen: niet vastgesteld"] == [
        "gemeten: voldoet niet; gecorrigeerd: niet vastgesteld",
        "20 juni 2026",
        "25 juni 2026",
    ]
    assert effects["Uitgelegd (“leg uit”): apart geteld"][0] == "voldoet niet"
    assert effects["Niet van deze organisatie: gaat uit de telling"][0] == "gemeten: voldoet niet; gecorrigeerd: uit de telling"
    text = repr(document)
    assert not any(secret in text for secret in ("Jansen", "Pietersen", "geheime"))


def test_without_replies_there_is_no_chapter_and_the_method_says_so(folder):
    """Nobody can take measured figures for corrected ones."""
    document = report_document(figures(folder), NL, Files(()))
    assert "replies" not in {chapter.id for chapter in document.chapters}
    assert Paragraph(NL.say("method.corrections_none")) in _chapter(document, "method").blocks


def test_the_letter_says_both(told):
    """In the line of the role."""
    bullets = next(block for block in _chapter(letter_document(told, NL), "measured").blocks if isinstance(block, Bullets))
    assert bullets.items[0].endswith(f"Gecorrigeerd na wederhoor ({AFTER}).")


def test_the_tables_hold_both_and_no_person(folder, told, tmp_path):
    """A row a share, and a row an effect."""
    write_csv_files(tmp_path / "t", data_tables(folder, told, NL), NL)
    with (tmp_path / "t" / "corrected.csv").open(encoding="utf-8", newline="") as file:
        row = next(row for row in csv.DictReader(file) if row["trace"] == "web/hsts@Gemeenten")
    assert [row[name] for name in ("compliant", "judged", "corrected_compliant", "corrected_judged", "corrected_undetermined")] == [
        *("1", "5", "1", "3", "1")
    ]
    assert [row[name] for name in ("changed", "explained", "disputed", "planned")] == ["3", "1", "0", "0"]
    written = (tmp_path / "t" / "corrections.csv").read_text(encoding="utf-8")
    assert "left_set" in written
    assert not any(secret in written for secret in ("Jansen", "Pietersen", "geheime"))
