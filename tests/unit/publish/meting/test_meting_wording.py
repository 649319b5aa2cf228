# SPDX-License-Identifier: EUPL-1.2
"""Numbers and shares as the reader of the report sees them, and texts that are whole in both languages."""

import re
import string

import pytest

from meetlat.analysis.share import Share
from meetlat.model.partial_date import PartialDate
from meetlat.model.target import Role
from meetlat.publish.meting.data_tables import FRACTIONS
from meetlat.publish.meting.wording import DASH, Wording, bounded
from meetlat.publish.words import texts
from meetlat.standards.loading import standards

NL, EN = Wording("nl"), Wording("en")


@pytest.mark.parametrize(
    ("words", "share", "told"),
    [
        pytest.param(NL, Share(195, 271, 16, 1), "72,0%: 195 van 271; 16 niet vastgesteld, 1 n.v.t.", id="Dutch"),
        pytest.param(EN, Share(195, 271, 16, 1), "72.0%: 195 of 271; 16 not established, 1 n/a", id="English"),
        pytest.param(
            NL, Share(1999, 2000, 1200, 0), "99,9%: 1.999 van 2.000; 1.200 niet vastgesteld, 0 n.v.t.", id="never all by rounding"
        ),
        pytest.param(NL, Share(0, 0, 3, 4), f"{DASH}: 0 van 0; 3 niet vastgesteld, 4 n.v.t.", id="nothing judged"),
    ],
)
def test_a_share_in_a_sentence_says_what_it_is_of_and_what_it_leaves_out(words, share, told):
    """Numerator, denominator, undetermined and not applicable: always all four."""
    assert words.told(share) == told


@pytest.mark.parametrize(
    ("share", "cell"),
    [
        pytest.param(Share(1, 2, 3, 4), ("50,0%", "1 van 2", "? 3 · n.v.t. 4"), id="all four"),
        pytest.param(Share(0, 0, 3, 0), (DASH, "0 van 0", "? 3 · n.v.t. 0"), id="only gaps"),
        pytest.param(Share(0, 0, 0, 0), (DASH, "", ""), id="nothing at all"),
    ],
)
def test_a_share_in_a_cell_says_the_same(share, cell):
    """Below the percentage."""
    made = NL.share_cell(share)
    assert (made.text, made.small, made.rest) == cell


@pytest.mark.parametrize(
    ("moment", "written"),
    [
        pytest.param(PartialDate(2018), "2018", id="a year"),
        pytest.param(PartialDate(2018, 4), "april 2018", id="a month"),
        pytest.param(PartialDate(2018, 4, 24), "24 april 2018", id="a day"),
    ],
)
def test_a_date_is_as_precise_as_it_is_known(moment, written):
    """Nothing is made up."""
    assert NL.moment(moment) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [pytest.param(1.25, "+1,2", id="up"), pytest.param(-1.3, "\N{MINUS SIGN}1,3", id="down"), pytest.param(0.0, "0,0", id="level")],
)
def test_a_difference_has_its_sign(value, written):
    """In percentage points."""
    assert NL.points(value) == written


def test_a_name_from_outside_is_bounded():
    """However long what a register holds."""
    assert bounded("x" * 500) == "x" * 119 + "…"
    assert bounded("Gemeente Duinrade") == "Gemeente Duinrade"


def test_what_is_no_text_is_told_at_once():
    """A key of a list, or one that is not there, is a fault of ours."""
    with pytest.raises(TypeError, match="no text"):
        NL.say("method.limits")
    with pytest.raises(TypeError, match="no list"):
        NL.lines("guide")
    with pytest.raises(KeyError):
        NL.say("guide.what.more")


@pytest.mark.parametrize("book", ["meting", "letter"])
def test_both_languages_say_the_same_things(book):
    """The same keys with the same placeholders, and lists of the same length."""
    dutch, english = (dict(_leaves(Wording(language, book).tree(""))) for language in ("nl", "en"))
    assert dutch == english


def test_every_column_of_the_tables_is_explained():
    """A name and a meaning in both languages."""
    for words in (NL, EN):
        assert all(len(words.lines(f"columns.{name}")) == 2 for name in words.tree("columns"))
        assert set(words.tree("columns")) >= FRACTIONS


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_reason_for_not_knowing_has_words(language):
    """What a rule can give as a reason stands in the table of gaps in plain words."""
    known = texts(language)["reason"]
    given = {
        found.removeprefix("undetermined/")
        for standard in standards().values()
        for rule in _outcomes(standard, language)
        for found in rule
        if found.startswith("undetermined/")
    }
    assert given
    assert sorted(given - set(known)) == []


def test_a_role_is_named_in_the_plural_where_a_sentence_asks_for_it():
    """DANE for e-mail, TLS for websites."""
    assert [NL.all_of(role) for role in Role] == ["websites", "e-mail"]


def _leaves(found, key=""):
    """Yield every text with the names of its placeholders."""
    if isinstance(found, dict):
        for name, value in found.items():
            yield from _leaves(value, f"{key}.{name}")
    elif isinstance(found, list):
        yield key, len(found)
    else:
        yield key, frozenset(name for _, name, _, _ in string.Formatter().parse(found) if name)


def _outcomes(standard, language):
    """Yield the labels of the outcomes of each rule in the guidance."""
    if standard.rules:
        text = (standard.folder / f"guidance.{language}.md").read_text(encoding="utf-8")
        yield re.findall(r"^- ([a-z_]+/[a-z-]+):", text, flags=re.MULTILINE)
