# SPDX-License-Identifier: EUPL-1.2
"""The private package per organisation: its own results, nothing of others, and a form that can be read back."""

import csv
import re
import string
from datetime import date

import pytest

from meetlat.model.domain import Domain
from meetlat.model.finding import Status
from meetlat.model.target import Listing, Role, Target
from meetlat.publish.errors import ReportError
from meetlat.publish.preview import HOW_TO, UnknownOrganisationError, folder_name, preview_texts, write_previews
from meetlat.replies.form import FORM
from meetlat.replies.reading import Given, Setting, read_form
from meetlat.replies.register import Register
from meetlat.replies.reply import Kind
from meetlat.standards.loading import measurable, standards
from tests.unit.made_up import DUINRADE, HEIDERIJK, SHARDS, judgement, large_measurement, measurement
from tests.unit.publish.test_report import _Page
from tests.unit.publish.test_words import _flat, _placeholders

_RULE = "hsts.header-is-present"
_HOSTILE = "../../<script>alert(1)</script> =cmd()\u202e"


@pytest.fixture(scope="module", params=["nl", "en"])
def previews(request, tmp_path_factory):
    """Previews of a made-up government of sixty domains."""
    folder = tmp_path_factory.mktemp(request.param)
    large_measurement(folder / "m", measurable(), 60, shard_size=25)
    return write_previews(folder / "m", folder / "p", request.param, standards())


def _organisation(package) -> set[str]:
    """Which organisations the verdicts in a package are of."""
    return {row["organisation"] for row in csv.DictReader((package / "verdicts.csv").read_text(encoding="utf-8").splitlines())}


def test_a_package_holds_nothing_of_other_organisations(previews):
    """No name of another organisation and no domain of one, in any file."""
    domains = {package: {page.stem for page in package.glob("*/*.html")} for package in previews}
    names = {package: _organisation(package) for package in previews}
    assert sum(len(found) for found in domains.values()) == 60
    for package in previews:
        assert len(names[package]) == 1
        text = "".join(path.read_text(encoding="utf-8") for path in package.rglob("*") if path.is_file())
        others = {name for other, found in domains.items() if other is not package for name in found}
        own = names[package]
        others |= {name for found in names.values() for name in found if name not in own and not any(name in mine for mine in own)}
        near = [name for name in others if name in text]  # to look for every name as a whole word takes half a minute
        assert [name for name in near if re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w-])", text)] == []


def test_pages_are_well_formed_accessible_and_stand_alone(previews):
    """As those of the report: tags match, captions and scopes are there, links arrive, nothing is fetched; and each says it is private."""
    for package in previews[:6]:
        for path in (package / "index.html", *package.glob("*/*.html")):
            page = _Page(path.read_text(encoding="utf-8"))
            ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
            links = [link["href"].partition("#") for link in page.all("a")]
            assert (page.mismatches, page.open) == ([], [])
            assert len(ids) == len(set(ids))
            assert all((path.parent / file).is_file() for file, _, _ in links if file)
            assert {target for file, mark, target in links if mark and not file} <= set(ids)
            assert len(page.all("caption")) == len(page.all("table"))
            assert all("scope" in heading for heading in page.all("th"))
            assert not {tag for tag, _ in page.tags} & {"script", "link", "img", "iframe", "object", "form"}
            assert preview_texts(page.all("html")[0]["lang"])["index"]["private"] in page.text
            assert not re.search(r"\{\w+\}", re.sub(r"<(pre|style)>.*?</\1>", "", path.read_text(encoding="utf-8"), flags=re.DOTALL))


def _written(tmp_path, listings, judged, **more):
    """Write the previews of a made-up measurement."""
    manifest = measurement(tmp_path / "m", listings, judged)
    return manifest, write_previews(tmp_path / "m", tmp_path / "p", "nl", standards(), **more)


def test_the_form_has_a_line_for_each_standard_not_kept_and_is_read_back(tmp_path):
    """One line per domain and standard, whatever the roles; filled in, it is a reply."""
    web, mail = (Target(DUINRADE.domain, role) for role in (Role.WEB, Role.MAIL))
    judged = {target: [judgement(target, "hsts", {_RULE: Status.VIOLATED}, "absent")] for target in (web, mail)}
    manifest, previews = _written(tmp_path, SHARDS, judged)
    assert [path.name.rpartition("-")[0] for path in previews] == ["gemeente-duinrade", "gemeente-heiderijk", "waterschap-veenwaard"]
    rows = list(csv.reader((previews[0] / FORM).read_text(encoding="utf-8-sig").splitlines(), delimiter=";"))
    assert len(rows) == 2
    assert rows[1][:6] == [manifest.id, "Gemeente Duinrade", "gemeente-duinrade.nl", "mail, web", "hsts", "norm 2021-01"]
    filled = ";".join(rows[0]) + "\n" + ";".join([*rows[1][:3], "web", *rows[1][4:8], "betwist", "x", "y", "", ""])
    setting = Setting(manifest.id, manifest.run.norms, (DUINRADE, HEIDERIJK), standards(), (), Register())
    (reply,), faults = read_form(FORM, filled.encode(), setting, Given("CISO", date(2026, 7, 1)))
    assert (reply.says.kind, faults) == (Kind.DISPUTE, [])
    assert (previews[1] / FORM).read_text(encoding="utf-8-sig").count("\n") == 1
    assert "Er is niets gevonden dat niet in orde is." in (previews[1] / "index.html").read_text(encoding="utf-8")


def test_hostile_names_stay_within_the_folder(tmp_path):
    """A name that is a path, a script or a formula is a safe folder name, and is shown, not obeyed."""
    listing = Listing(Domain("d.nl"), _HOSTILE, "Gemeenten", (Role.WEB,))
    _, (package,) = _written(tmp_path, [[listing]], {})
    assert package.parent == tmp_path / "p"
    page = _Page((package / "index.html").read_text(encoding="utf-8"))
    assert not page.all("script")
    assert "\u202e" not in page.text


@pytest.mark.parametrize("name", ["", "..", "/", "CON", "é" * 300, "a/b", "\udc80", "Gemeente 's-Duin"])
def test_folder_names(name):
    """Safe for any name, and no two names share one."""
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]{0,68}-[0-9a-f]{8}", folder_name(name))
    assert folder_name(name) != folder_name(name + " ")


def test_one_organisation(tmp_path):
    """Whatever the case of its letters; one that is not there is a fault."""
    _, (package,) = _written(tmp_path, SHARDS, {}, organisation="gemeente duinrade")
    assert [path.name for path in (tmp_path / "p").iterdir()] == [package.name]
    with pytest.raises(UnknownOrganisationError):
        write_previews(tmp_path / "m", tmp_path / "p", "nl", standards(), "Gemeente Nergens")


def test_made_again_it_is_the_same_and_other_folders_are_not_touched(tmp_path):
    """The same bytes; a folder that holds something else is refused."""
    _, (package,) = _written(tmp_path, SHARDS, {}, organisation="Gemeente Duinrade")
    before = {path.name: path.read_bytes() for path in package.rglob("*") if path.is_file()}
    write_previews(tmp_path / "m", tmp_path / "p", "nl", standards(), "Gemeente Duinrade")
    assert {path.name: path.read_bytes() for path in package.rglob("*") if path.is_file()} == before
    (package / "index.html").write_text("van iemand anders")
    with pytest.raises(ReportError):
        write_previews(tmp_path / "m", tmp_path / "p", "nl", standards(), "Gemeente Duinrade")
    assert HOW_TO in before


def test_both_languages_say_the_same():
    """The same texts with the same placeholders, and a word for each kind of reply."""
    dutch, english = _flat(preview_texts("nl")), _flat(preview_texts("en"))
    assert {name: _placeholders(text) for name, text in dutch.items()} == {name: _placeholders(text) for name, text in english.items()}
    assert set(preview_texts("nl")["kind"]) == {kind.value for kind in Kind}
    assert all(string.Formatter().parse(text) for text in dutch.values())
