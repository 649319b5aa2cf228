# SPDX-License-Identifier: EUPL-1.2
"""The site as a whole: every link leads somewhere, nothing from outside is obeyed, and the same input gives the same bytes."""

import hashlib
import re
from pathlib import Path

import pytest

from meetlat.model.domain import Domain
from meetlat.model.finding import Status
from meetlat.model.target import Listing, Role, Target
from meetlat.publish.errors import SiteError
from meetlat.publish.site.building import build_site
from meetlat.publish.site.gathering import Asked
from meetlat.standards.loading import standards
from tests.unit.made_up import CONTACT, judgement, measurement
from tests.unit.publish.site import sites, sites_read

HOSTILE = '"><script>alert(1)</script>`\u202e../..\\%00'
LANGUAGES = ("nl", "en")


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Two measurements of thirty made-up domains."""
    return sites.series(tmp_path_factory.mktemp("series"), 30, moments=2)


@pytest.fixture(scope="module")
def site(folders, tmp_path_factory):
    """The site of the last of them."""
    out = tmp_path_factory.mktemp("site") / "site"
    build_site(out, sites.asked(folders), standards())
    return out


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """The site of one measurement with names that mean harm, in which nothing but HSTS was judged."""
    folder = tmp_path_factory.mktemp("alone")
    lines = [
        Listing(Domain("gemeente-duinrade.nl"), HOSTILE, "Groep A", (Role.WEB, Role.MAIL)),
        Listing(Domain("'; rm -rf /.nl"), "Gemeente Duinrade", "Groep A", (Role.WEB,)),
        Listing(Domain("xn--berheid-m2a.nl"), "gemeente duinrade", "groep a", (Role.WEB,)),
        Listing(Domain("heiderijk.nl"), "CON", "", (Role.WEB,)),
    ]
    judged = {
        Target(line.domain, Role.WEB): [judgement(Target(line.domain, Role.WEB), "hsts", _outcome(at), "absent")]
        for at, line in enumerate(lines)
    }
    measurement(folder / "meting", [lines], judged)
    build_site(folder / "site", Asked(folder / "meting", agreements=sites.agreed()), standards())
    return folder / "site"


def _outcome(at: int) -> dict[str, Status]:
    """Return one outcome of each kind in turn."""
    return {"hsts.header-is-present": list(Status)[at]}


def test_who_asked_is_not_published(site):
    """The contact of a measurement can be a person."""
    assert not [path.name for path in site.rglob("*") if path.is_file() and CONTACT.encode() in path.read_bytes()]


def _text(path: Path) -> str:
    """Read a page."""
    return path.read_text(encoding="utf-8")


def _digests(root: Path) -> dict[str, str]:
    """Return the digest of every file of a site."""
    return {path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in root.rglob("*") if path.is_file()}


@pytest.mark.parametrize("made", ["site", "alone"])
def test_every_link_and_anchor_leads_somewhere(made, request):
    """No link within the site is broken, not even to a rule on the page of its standard."""
    pages = sites_read.read_site(request.getfixturevalue(made))
    assert len(pages) > 60
    assert sites_read.broken_links(pages) == []


@pytest.mark.parametrize("made", ["site", "alone"])
def test_no_page_names_two_things_alike_or_runs_anything(made, request):
    """Ids are unique; there are no handlers and styles in attributes, and only the page to search on has scripts, both of ours."""
    root = request.getfixturevalue(made).resolve()
    for path, read in sites_read.read_site(root).items():
        assert len(read.ids) == len(set(read.ids)), path
        assert not {name for name in read.attributes if name.startswith("on") or name == "style"}, path
        wanted = 2 if path.relative_to(root).as_posix().endswith("search/index.html") else 0
        assert read.tags.count("script") == wanted, path


def test_both_languages_have_the_same_pages_and_lead_to_each_other(site):
    """Whoever changes language stays on the same page."""
    pages = {language: {path.relative_to(site / language) for path in (site / language).rglob("*.html")} for language in LANGUAGES}
    assert pages["nl"] == pages["en"]
    for path in pages["nl"]:
        up = "../" * len(path.parts)
        assert f'href="{up}en/{path.as_posix()}" lang="en"' in _text(site / "nl" / path)
        assert f'href="{up}nl/{path.as_posix()}" lang="nl"' in _text(site / "en" / path)


def test_the_same_measurements_give_the_same_bytes(site, folders, tmp_path):
    """Built again elsewhere, and built again over itself, nothing is different."""
    build_site(tmp_path / "again", sites.asked(folders), standards())
    assert _digests(tmp_path / "again") == _digests(site)
    build_site(tmp_path / "again", sites.asked(folders), standards())
    assert _digests(tmp_path / "again") == _digests(site)


def test_a_large_site_is_built_by_two_processes_with_the_same_bytes(site, folders, tmp_path, monkeypatch):
    """How many processes there are is not to be seen in what they write."""
    monkeypatch.setattr("meetlat.publish.site.building.MANY", 1)
    build_site(tmp_path / "site", sites.asked(folders), standards())
    assert _digests(tmp_path / "site") == _digests(site)


def test_names_that_mean_harm_are_shown_and_never_obeyed(alone):
    """A name cannot bring a tag, turn text around, or leave its folder."""
    for path in alone.rglob("*"):
        if path.suffix in {".html", ".js"}:
            text = _text(path)
            assert "<script>alert" not in text, path
            assert "\u202e" not in text, path
    shown = "&#34;&gt;&lt;script&gt;alert(1)&lt;/script&gt;`\\u202e../..\\%00"
    assert any(shown in _text(path) for path in (alone / "nl" / "organisation").glob("*.html"))
    assert {path.name for path in alone.parent.iterdir()} == {"meting", "site"}


def test_names_that_look_alike_have_pages_of_their_own(alone):
    """Two organisations whose names differ in capitals only are not one page, and CON is no name of a page on any system."""
    names = sorted(path.name for path in (alone / "nl" / "organisation").glob("*.html"))
    assert len(names) == 4
    assert all(re.fullmatch(r"[a-z0-9-]+\.html", name) for name in names)
    assert sum(name.startswith("gemeente-duinrade-") for name in names) == 2
    assert "con.html" not in names
    assert len(list((alone / "nl" / "group").glob("*.html"))) == 4  # three groups and the list


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_standard_has_a_page_also_what_cannot_be_measured(alone, language):
    """A standard with nothing but its register entry is a full page, which says why it is not measured."""
    assert {path.stem for path in (alone / language / "standard").glob("*.html")} == {*standards(), "index"}
    for standard in ("acme", "wpa2_enterprise"):
        text = _text(alone / language / "standard" / f"{standard}.html")
        assert standards()[standard].not_measured[language].split("'")[0] in text
        assert {"nl": "niet bekend", "en": "unknown"}[language] in text


@pytest.mark.parametrize(("language", "sentence"), [("nl", "Deze site gaat over één meting"), ("en", "This site is about one measurement")])
def test_one_measurement_has_no_trend_and_says_so(alone, language, sentence):
    """Without an earlier measurement the pages on development say what is needed for it."""
    for page in ("index.html", "trends.html"):
        assert sentence in _text(alone / language / page)


def test_a_share_stands_with_both_denominators_and_its_reference(alone):
    """Of four websites one complies and one does not; one is undetermined and one has nothing to judge: 1 of 2, and 1 of 4."""
    text = _text(alone / "nl" / "standard" / "hsts.html")
    row = re.search(r"<tr class=\"all\">.*?</tr>", text, re.DOTALL)
    assert row is not None
    cells = [re.sub(r"<[^>]+>|\s", "", cell) for cell in re.findall(r"<td.*?</td>", row[0], re.DOTALL)]
    assert cells == ["50,0%", "25,0%", "1", "2", "1", "1", "web/hsts"]


def test_a_folder_with_something_else_in_it_is_left_alone(folders, tmp_path):
    """Nothing of somebody else is ever overwritten; nothing is written then."""
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(SiteError, match="holds no earlier site"):
        build_site(tmp_path, sites.asked(folders), standards())
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_what_stands_beside_a_site_stays_when_it_is_built_again(alone, tmp_path):
    """Open data that were put in the folder of the site are kept; pages of before are gone."""
    asked = Asked(alone.parent / "meting", data="../data/")
    build_site(tmp_path / "site", asked, standards())
    (tmp_path / "site" / "data").mkdir()
    (tmp_path / "site" / "nl" / "old.html").write_text("old", encoding="utf-8")
    build_site(tmp_path / "site", asked, standards())
    assert {path.name for path in (tmp_path / "site").iterdir()} == {"nl", "en", "assets", "index.html", "data"}
    assert not (tmp_path / "site" / "nl" / "old.html").exists()
    assert 'href="../data/"' in _text(tmp_path / "site" / "nl" / "data.html")


def test_a_supplier_tells_what_fails_there_and_what_mending_gives(tmp_path):
    """Three of five domains lack TLSA records at one mail host: mending that takes DANE from 2 to 5 of 5; each customer is named."""
    build_site(tmp_path / "site", Asked(sites.supplied(tmp_path)), standards())
    text = _text(tmp_path / "site" / "nl" / "supplier" / "postwerf-nl.html")
    row = re.search(r"<tr><th scope=\"row\">(?:(?!</tr>).)*dane-mail-is-published.*?</tr>", text, re.DOTALL)
    assert row is not None
    told = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", row[0]))
    for expected in ("3 1 0 3", "40,0% 2 van 5", "100,0% 5 van 5"):
        assert expected in told
    assert {f"../domain/gemeente-{name}.nl.html" for name in ("duinrade", "heiderijk", "lindedam", "zandmeer")} <= set(
        re.findall(r'href="([^"]+)"', text)
    )
    assert "gemeente-polderhoek.nl" not in text
    of_domain = _text(tmp_path / "site" / "nl" / "domain" / "gemeente-duinrade.nl.html")
    assert 'Gedeelde oorzaak: <a href="../supplier/postwerf-nl.html">postwerf.nl</a> (2 andere domeinnamen)' in of_domain
    assert "./meetlat trace METING mail/iv-mail gemeente-duinrade.nl" in of_domain
