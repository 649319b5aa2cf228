# SPDX-License-Identifier: EUPL-1.2
"""Texts, numbers and hostile text, as the reader sees them."""

import string
from datetime import date
from itertools import pairwise

import pytest

from meetlat.model.domain import Domain
from meetlat.model.evidence import Cause, Failure
from meetlat.model.finding import Status
from meetlat.model.norm import Obligation, Verdict
from meetlat.publish.pages import SYMBOLS, page_name
from meetlat.publish.words import explained, number, percent, period, spoken, texts, visible


def _flat(value: object, path: str = "") -> dict[str, str]:
    """Name every text in a tree of texts."""
    if isinstance(value, dict):
        return {name: text for key, inner in value.items() for name, text in _flat(inner, f"{path}.{key}").items()}
    if isinstance(value, list):
        return {name: text for index, inner in enumerate(value) for name, text in _flat(inner, f"{path}.{index}").items()}
    return {path: str(value)}


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_languages_have_the_same_texts_with_the_same_placeholders():
    """Nothing is said in one language only."""
    dutch, english = _flat(texts("nl")), _flat(texts("en"))
    assert {name: _placeholders(text) for name, text in dutch.items()} == {name: _placeholders(text) for name, text in english.items()}


@pytest.mark.parametrize("language", ["nl", "en"])
def test_there_is_a_word_for_every_outcome(language):
    """A value that is added to a closed list gets a word, and a symbol beside its colour."""
    words = texts(language)
    assert set(words["verdict"]) == {verdict.value for verdict in Verdict} | {"none"}
    assert set(words["status"]) == {status.value for status in Status}
    assert set(words["cause"]) == {cause.value for cause in Cause}
    assert set(words["obligation_note"]) == {obligation.value for obligation in Obligation}
    assert set(words["reason"]) >= {failure.value for failure in Failure}
    assert set(SYMBOLS) == set(words["verdict"]) | set(words["status"])


@pytest.mark.parametrize(
    ("value", "language", "written"),
    [(1234567, "nl", "1.234.567"), (1234567, "en", "1,234,567"), (1234.5, "nl", "1.234,5"), (1234.5, "en", "1,234.5"), (0, "nl", "0")],
)
def test_numbers(value, language, written):
    """Separators are those of the language."""
    assert number(value, language) == written


@pytest.mark.parametrize(
    ("part", "whole", "written"),
    [
        pytest.param(1, 3, "33,3%", id="one decimal"),
        pytest.param(3, 3, "100,0%", id="all"),
        pytest.param(0, 3, "0,0%", id="none"),
        pytest.param(9_999, 10_000, "99,9%", id="nearly all is not all"),
        pytest.param(1, 10_000, "0,1%", id="nearly none is not none"),
        pytest.param(0, 0, "\N{EN DASH}", id="nothing to be a share of"),
    ],
)
def test_percentages(part, whole, written):
    """Rounding never says all or none when it is not so."""
    assert percent(part, whole, "nl") == written


def test_periods():
    """One day is one day."""
    assert period(date(2026, 6, 1), date(2026, 6, 1), "nl") == "Gemeten op 1 juni 2026"
    assert period(date(2026, 6, 1), date(2027, 1, 2), "en") == "Measured from 1 June 2026 up to and including 2 January 2027"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("plain é 漢字 v=DMARC1; p=none", "plain é 漢字 v=DMARC1; p=none", id="ordinary"),
        pytest.param("a\nb", "a\nb", id="line ends stay"),
        pytest.param("a\x1b[31m\x00", "a\\u001b[31m\\u0000", id="terminal codes"),
        pytest.param("\u202eln.live", "\\u202eln.live", id="turned around"),
        pytest.param("\udc80", "\\udc80", id="bytes that are no text"),
    ],
)
def test_hostile_text_is_made_visible(text, shown):
    """Nobody is misled by what cannot be seen."""
    assert visible(text) == shown


@pytest.mark.parametrize(
    ("sentence", "html"),
    [
        pytest.param("<script>", "&lt;script&gt;", id="no tags"),
        pytest.param("policy `p=none` here", "policy <code>p=none</code> here", id="code"),
        pytest.param("record `<b>`.", "record <code>&lt;b&gt;</code>.", id="code is escaped"),
        pytest.param("`a` and ` alone", "<code>a</code> and ` alone", id="a backtick alone"),
        pytest.param("`", "`", id="only a backtick"),
        pytest.param("[x](https://evil.example) ![y](z)", "[x](https://evil.example) ![y](z)", id="no links, no images"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_sentences_understand_only_code(sentence, html):
    """Arguments come from the network; no Markdown of theirs is obeyed."""
    assert spoken(sentence) == html


def test_sentences_are_bounded():
    """A record of a megabyte does not make a page of a megabyte."""
    assert len(spoken("x" * 1_000_000)) < 1_100


def test_explanations_show_html_instead_of_obeying_it():
    """Guidance is ours, and still holds no tags."""
    assert explained("Zet `max-age` <img src=x>.") == "<p>Zet <code>max-age</code> &lt;img src=x&gt;.</p>\n"


@pytest.mark.parametrize(
    ("name", "file"),
    [
        pytest.param("xn--berheid-m2a.nl", "xn--berheid-m2a.nl.html", id="ordinary"),
        pytest.param("_dmarc.duinrade.nl", "_dmarc.duinrade.nl.html", id="underscore"),
    ],
)
def test_page_names(name, file):
    """A domain's page has the name of the domain."""
    assert page_name(Domain(name)) == file


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b.nl", ".nl", "a" * 260 + ".nl", "C:\\x", "a b.nl", "\udc80.nl"])
def test_page_names_of_what_is_no_domain_name(name):
    """A measurement folder made by someone else cannot write elsewhere."""
    file = page_name(Domain(name))
    assert file.startswith("_")
    assert len(file) < 60
    assert not set(file) & set("/\\ :")


def _luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("ground", ["#ffffff", "#f3f5f8", "#fff6ea"])
@pytest.mark.parametrize("colour", ["#1b1b1f", "#50535a", "#154273", "#1a6b3a", "#b3261e", "#6b5200", "#5b5f67", "#0b5aa8"])
def test_colours_of_text_have_enough_contrast(colour, ground):
    """At least 4.5 to 1 (WCAG 2.2, 1.4.3), on each ground that text stands on."""
    light, dark = sorted((_luminance(colour), _luminance(ground)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_months_are_twelve():
    """January to December, each once."""
    for language in ("nl", "en"):
        months = texts(language)["dates"]["months"]
        assert len(months) == 12
        assert all(first != second for first, second in pairwise(months))
