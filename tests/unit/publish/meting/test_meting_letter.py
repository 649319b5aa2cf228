# SPDX-License-Identifier: EUPL-1.2
"""The annex to a letter to parliament: one page, plain words, figures filled in."""

from dataclasses import replace

import pytest

from meetlat.model.agreement import AgreementKind, Ask
from meetlat.model.target import Role
from meetlat.publish.letter import MOST_AGREEMENTS, letter_document, letter_page, letter_pdf
from meetlat.publish.meting import pdf
from meetlat.publish.meting.document import Bullets, Paragraph, Table
from meetlat.publish.meting.figures import Given
from meetlat.publish.meting.wording import Wording
from meetlat.store.run import INTERNET
from tests.unit import made_up
from tests.unit.publish.meting.measured import AGREED, BAD, GAP, GOOD, NONE, figures, measured

NL = Wording("nl")
GROUPS = {"Gemeenten": (GOOD, GOOD, BAD, GAP, NONE), "Provincies": (GOOD,) * 3 + (BAD,) * 10}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Eighteen websites in two groups."""
    return measured(tmp_path_factory.mktemp("letter") / "m", GROUPS)


def _chapter(document, key):
    return next(chapter for chapter in document.chapters if chapter.id == key)


def _said(document, key):
    return " ".join(
        text
        for block in _chapter(document, key).blocks
        for text in ((block.text,) if isinstance(block, Paragraph) else block.items if isinstance(block, Bullets) else ())
    )


def test_it_says_what_was_measured(folder):
    """Domains, organisations, days, and both shares with what was left out."""
    said = _said(letter_document(figures(folder), NL), "measured")
    assert "van 1 juni 2026 tot en met 2 juni 2026: 18 domeinnamen van 2 organisaties" in said
    assert "Websites: 5 van de 16 beoordeelde voldoen aan alle standaarden die meetellen (31,2%; van alle gemeten websites 27,8%)." in said
    assert "Niet vastgesteld: 1; niet van toepassing: 1." in said


def test_it_says_how_many_keep_each_agreement(folder):
    """With all four numbers and both ways of counting, and by when it had to be."""
    table = next(block for block in _chapter(letter_document(figures(folder), NL), "kept").blocks if isinstance(block, Table))
    (line,) = table.lines
    assert (line.cells[0].text, line.cells[0].small) == ("Afspraak HSTS", "uiterlijk 2019")
    assert [cell.text for cell in line.cells[1:]] == ["31,2%", "27,8%", "5", "16", "1", "1"]


@pytest.mark.parametrize(
    ("agreement", "said"),
    [
        pytest.param(
            replace(AGREED, kind=AgreementKind.PAS_TOE_OF_LEG_UIT), "geen van de afspraken", id="the list binds when something is bought"
        ),
        pytest.param(replace(AGREED, asks=(Ask("hsts", Role.WEB, norm="1999-01"),)), "geen van de afspraken", id="it cannot be told"),
    ],
)
def test_what_it_cannot_say_it_does_not_show(folder, agreement, said):
    """No empty table."""
    document = letter_document(figures(folder, Given(agreements={agreement.id: agreement})), NL)
    assert said in _said(document, "kept")
    assert not any(isinstance(block, Table) for block in _chapter(document, "kept").blocks)


def test_one_measurement_tells_no_change(folder):
    """And says so."""
    assert "geen verandering" in _said(letter_document(figures(folder), NL), "changed")


def test_it_says_what_would_help_and_where_the_evidence_is(folder):
    """At most three things; and the measurement by its id."""
    found = figures(folder)
    document = letter_document(found, NL)
    assert 1 <= len(next(block.items for block in _chapter(document, "help").blocks if isinstance(block, Bullets))) <= 3
    assert found.manifest.id in _said(document, "evidence")


@pytest.mark.parametrize("language", ["nl", "en"])
def test_invented_data_are_called_so(folder, language):
    """In the page and in the PDF; of the internet nothing is said."""
    found, words = figures(folder, language=language), Wording(language)
    notice = "Dit is een proefmeting" if language == "nl" else "This is a trial measurement"
    assert notice in letter_page(letter_document(found, words), words, found.manifest)
    real = replace(found.manifest, run=replace(found.manifest.run, vantage=INTERNET))
    assert notice not in letter_page(letter_document(found, words), words, real)
    seen = []
    letter_pdf(letter_document(found, words), words, found.manifest, _Spy(seen))
    assert notice in seen[-1]


class _Spy:
    """Makes no PDF, but keeps what it was given; the page fits from the given size on."""

    def __init__(self, seen, fits_from=0):
        self.seen, self.fits_from = seen, fits_from

    def as_pdf(self, html, identifier):
        self.seen.append(html)
        return identifier.encode()

    def page_count(self, _):
        return 1 if len(self.seen) > self.fits_from else 2


def test_letters_get_smaller_until_it_is_one_page(folder):
    """And when nothing fits that is a fault, never a second page."""
    found = figures(folder)
    document, seen = letter_document(found, NL), []
    letter_pdf(document, NL, found.manifest, _Spy(seen, fits_from=2))
    assert len(seen) == 3
    with pytest.raises(ValueError, match="one page"):
        letter_pdf(document, NL, found.manifest, _Spy([], fits_from=99))


def test_very_many_agreements_with_long_names_still_make_one_page(folder):
    """Those that do not fit are counted."""
    many = {
        f"a{number}": replace(AGREED, id=f"a{number}", names={"nl": f"Afspraak {number} over " + "zeer veel " * 8}) for number in range(40)
    }
    found = figures(folder, Given(agreements=many))
    document = letter_document(found, NL)
    table = next(block for block in _chapter(document, "kept").blocks if isinstance(block, Table))
    assert len(table.lines) == MOST_AGREEMENTS
    assert "Over nog 30 afspraken" in _said(document, "kept")
    assert pdf.page_count(letter_pdf(document, NL, found.manifest, pdf)) == 1


def test_names_from_outside_do_no_harm(tmp_path, monkeypatch):
    """A group with a hostile name is only text on the page."""
    hostile = "<script>alert(1)</script>" + "x" * 300
    monkeypatch.setattr(made_up, "RUN", replace(made_up.RUN, vantage="<img src=x>"))
    found = figures(measured(tmp_path / "m", {"A": (GOOD,) * 30, hostile: (BAD,) * 12}))
    page = letter_page(letter_document(found, NL), NL, found.manifest)
    assert "<script" not in page
    assert "<img" not in page
    assert pdf.page_count(letter_pdf(letter_document(found, NL), NL, found.manifest, pdf)) == 1
