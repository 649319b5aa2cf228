# SPDX-License-Identifier: EUPL-1.2
"""A report says what the measurement says, is safe and accessible, and is the same each time."""

import csv
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from meetlat.model.domain import Domain
from meetlat.model.evidence import Cause
from meetlat.model.finding import Finding, Status
from meetlat.model.judgement import Judgement
from meetlat.model.norm import Verdict
from meetlat.model.target import Listing, Role, Target
from meetlat.publish.errors import ReportError
from meetlat.publish.report import write_report
from meetlat.standards.loading import measurable, standards
from meetlat.store.errors import MeasurementError
from meetlat.store.run import INTERNET
from tests.unit import made_up
from tests.unit.made_up import DUINRADE, HEIDERIJK, SHARDS, judgement, large_measurement, measurement, need_of

_VOID = {"meta", "rect", "br", "img", "link", "hr"}
_RULE = "hsts.header-is-present"
_HOSTILE = "<script>alert(1)</script>\"'><img src=//evil.example/x>{{7*7}}"


class _Page(HTMLParser):
    """Collects what a page is made of, and whether its tags match."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.mismatches: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.mismatches.append(tag)

    def handle_data(self, data):
        if not self.open or self.open[-1] != "style":
            self.text += data

    def all(self, *tags: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag in tags]


@pytest.fixture(scope="module", params=["nl", "en"])
def report(request, tmp_path_factory):
    """A report of a made-up government of sixty domains on all standards that can be measured."""
    folder = tmp_path_factory.mktemp(request.param)
    large_measurement(folder / "m", measurable(), 60, shard_size=25)
    return write_report(folder / "m", folder / "r", request.param, standards())


def _pages(report) -> list[Path]:
    return [report.index, *sorted(report.domains.iterdir())]


def test_there_is_a_page_for_every_domain(report):
    """And each is linked from the front page, and links back."""
    links = [link["href"] for link in _Page(report.index.read_text()).all("a") if "/" in (link["href"] or "")]
    assert sorted(links) == [f"{report.domains.name}/{page.name}" for page in sorted(report.domains.iterdir())]
    assert len(links) == 60
    assert all('href="../index.html"' in page.read_text() for page in report.domains.iterdir())


def test_pages_are_well_formed_and_accessible(report):
    """Tags match, ids are unique, links within the page arrive, headings do not skip, tables have captions and scopes."""
    for path in _pages(report):
        page = _Page(path.read_text())
        ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
        levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
        assert (page.mismatches, page.open) == ([], [])
        assert len(ids) == len(set(ids))
        assert {link["href"][1:] for link in page.all("a") if link["href"].startswith("#")} <= set(ids)
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after <= before + 1 for before, after in pairwise(levels))
        assert len(page.all("caption")) == len(page.all("table"))
        assert all("scope" in heading for heading in page.all("th"))
        assert all("aria-label" in svg or svg.get("aria-hidden") == "true" for svg in page.all("svg"))
        assert page.all("html")[0]["lang"] == report.index.parent.parent.name[:2]


def test_pages_stand_alone(report):
    """No script, nothing fetched from elsewhere."""
    for path in _pages(report):
        page = _Page(path.read_text())
        assert not {tag for tag, _ in page.tags} & {"script", "link", "img", "iframe", "object", "form"}
        assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on") or name == "src"]
        assert "url(" not in path.read_text()


def test_no_placeholder_is_left(report):
    """Every text is filled in."""
    for path in _pages(report):
        text = re.sub(r"<pre>.*?</pre>|<style>.*?</style>", "", path.read_text(), flags=re.DOTALL)
        assert not re.search(r"\{[a-z_]+\}", text)


def test_verdicts_are_open_data(report):
    """One row per domain, role, standard and part; the columns are described."""
    rows = list(csv.DictReader(report.verdicts.read_text(encoding="utf-8").splitlines()))
    description = json.loads(report.columns.read_text())
    assert list(rows[0]) == [column["name"] for column in description["tableSchema"]["columns"]]
    keys = [tuple(row[name] for name in description["tableSchema"]["primaryKey"]) for row in rows]
    assert len(set(keys)) == len(keys)
    assert {row["verdict"] for row in rows} <= {verdict.value for verdict in Verdict}


def test_the_same_measurement_gives_the_same_bytes(tmp_path):
    """Nothing of the moment or place of writing gets in; an earlier report is replaced whole."""
    large_measurement(tmp_path / "m", measurable(), 12, shard_size=5)
    written = []
    for out in (tmp_path / "a", tmp_path / "b", tmp_path / "b"):
        write_report(tmp_path / "m", out, "nl", standards())
        written.append({path.relative_to(out): path.read_bytes() for path in out.rglob("*") if path.is_file()})
    assert written[0] == written[1] == written[2]


def _written(tmp_path: Path, shards, judged, language="nl"):
    measurement(tmp_path / "m", shards, judged)
    return write_report(tmp_path / "m", tmp_path / "r", language, standards())


def test_hostile_text_is_shown_and_not_obeyed(tmp_path):
    """Names of organisations and what servers said are only ever text."""
    line = Listing(Domain("duinrade.nl"), _HOSTILE, f"=HYPERLINK({_HOSTILE})", (Role.WEB,))
    target = Target(line.domain, Role.WEB)
    finding = Finding(_RULE, _HOSTILE, Status.VIOLATED, (need_of(target),), "absent", {"address": _HOSTILE})
    report = _written(tmp_path, [[line]], {target: [Judgement(target, "hsts", "2021-01", (finding,), Verdict.NON_COMPLIANT, {})]})
    for path in _pages(report):
        page = _Page(path.read_text())
        assert _HOSTILE in page.text
        assert not page.all("script", "img")
        assert page.mismatches == []
    assert next(csv.DictReader(report.verdicts.read_text(encoding="utf-8").splitlines()))["group"].startswith("'=HYPERLINK")


def test_numbers_on_the_front_page_have_their_denominator(tmp_path):
    """One of two judged, one not established: in words, in the table, and both ways computed."""
    statuses = (Status.SATISFIED, Status.VIOLATED, Status.UNDETERMINED)
    listings = [Listing(Domain(f"d{number}.nl"), "Gemeente Duinrade", "Gemeenten", (Role.WEB,)) for number in range(3)]
    judged = {}
    for line, status in zip(listings, statuses, strict=True):
        target = Target(line.domain, Role.WEB)
        judged[target] = [judgement(target, "hsts", {_RULE: status}, "connect-timeout" if status is Status.UNDETERMINED else "absent")]
    text = " ".join(_Page(_written(tmp_path, [listings], judged).index.read_text()).text.split())
    assert "Van de 2 websites die konden worden beoordeeld, voldoen er 1 aan alle standaarden die meetellen (50,0%)." in text
    assert "33,3% 1 van 3" in text
    assert "Gemeten van 1 juni 2026 tot en met 2 juni 2026" in text
    assert "Op de verbinding ertussen" in text


def test_a_domain_page_says_what_to_do_and_on_what_it_rests(tmp_path):
    """The sentence, how to mend it, and the observation."""
    target = Target(DUINRADE.domain, Role.WEB)
    report = _written(tmp_path, SHARDS, {target: [judgement(target, "hsts", {_RULE: Status.VIOLATED}, "absent")]})
    text = _Page((report.domains / "gemeente-duinrade.nl.html").read_text()).text
    assert "198.51.100.7 stuurt over HTTPS geen Strict-Transport-Security-header." in text
    assert "Laat de webserver" in text
    assert "http https://gemeente-duinrade.nl/ 198.51.100.7" in text
    assert '"nginx"' in text


def test_a_domain_that_does_not_exist_says_so(tmp_path):
    """At the top, once."""
    target = Target(HEIDERIJK.domain, Role.WEB)
    report = _written(tmp_path, SHARDS, {target: [judgement(target, "hsts", {_RULE: Status.NOT_APPLICABLE}, "domain-does-not-exist")]})
    page = (report.domains / "heiderijk.nl.html").read_text()
    assert '<p class="notice">De domeinnaam bestaat niet.</p>' in page
    assert "Let op: 1 van de 3 domeinnamen bestaat niet (meer)." in report.index.read_text()


def test_a_standard_that_this_version_does_not_know_is_shown_by_its_id(tmp_path):
    """An old measurement can still be read."""
    target = Target(DUINRADE.domain, Role.WEB)
    gone = replace(judgement(target, "hsts", {"old.rule": Status.VIOLATED}, "absent"), standard="old", parts={"half": Verdict.COMPLIANT})
    report = _written(tmp_path, SHARDS, {target: [gone]})
    assert "old.rule" in (report.domains / "gemeente-duinrade.nl.html").read_text()


def test_long_answers_and_many_findings_are_bounded(tmp_path):
    """A page stays a page."""
    target = Target(DUINRADE.domain, Role.WEB)
    findings = tuple(
        Finding(
            _RULE,
            f"198.51.100.{number}",
            Status.UNDETERMINED,
            (need_of(target),),
            "refused",
            {"need": "x" * 5_000 + str(number)},
            Cause.THEIRS,
        )
        for number in range(200)
    )
    report = _written(tmp_path, SHARDS, {target: [Judgement(target, "hsts", "2021-01", findings, Verdict.UNDETERMINED, {})]})
    assert (report.domains / "gemeente-duinrade.nl.html").stat().st_size < 60_000


def test_a_folder_in_use_is_not_touched(tmp_path):
    """Only an earlier report is replaced."""
    measurement(tmp_path / "m", SHARDS, {})
    (tmp_path / "r").mkdir()
    (tmp_path / "r" / "index.html").write_text("<title>Homepage</title>")
    with pytest.raises(ReportError, match="holds no earlier report"):
        write_report(tmp_path / "m", tmp_path / "r", "nl", standards())
    with pytest.raises(ReportError, match="could not be written"):
        write_report(tmp_path / "m", tmp_path / "r" / "index.html", "nl", standards())


def test_a_damaged_measurement_is_not_published(tmp_path):
    """Digests are looked at first."""
    measurement(tmp_path / "m", SHARDS, {})
    with (tmp_path / "m" / "evidence" / "shard-00000.parquet").open("ab") as file:
        file.write(b"x")
    with pytest.raises(MeasurementError, match="digest"):
        write_report(tmp_path / "m", tmp_path / "r", "nl", standards())
    assert not (tmp_path / "r").exists()


def test_a_measurement_without_any_verdict_still_gives_a_report(tmp_path):
    """Nothing judged is told, not divided by."""
    report = _written(tmp_path, SHARDS, {})
    assert "Alles kon worden vastgesteld." in report.index.read_text()


def test_rules_of_the_other_role_are_left_out(tmp_path):
    """What is asked of a website is not listed under e-mail."""
    target = Target(DUINRADE.domain, Role.MAIL)
    report = _written(tmp_path, SHARDS, {target: [judgement(target, "hsts", {_RULE: Status.NOT_APPLICABLE}, "role")]})
    assert 'id="mail-hsts"' in (report.domains / "gemeente-duinrade.nl.html").read_text()
    assert 'id="mail-hsts-header-is-present"' not in (report.domains / "gemeente-duinrade.nl.html").read_text()


_NOTICES = {"nl": "Dit is een proefmeting in het netwerk", "en": "This is a trial measurement in the network"}


def test_every_result_of_a_trial_says_so_first(report):
    """On the front page and on each domain page the notice is the first thing in the main part, in the language of the page."""
    for page in _pages(report):
        text = page.read_text(encoding="utf-8")
        language = text.partition('<html lang="')[2][:2]
        main = text.partition("<main")[2].partition(">")[2].lstrip()
        assert main.startswith(f'<p class="notice">{_NOTICES[language]} “Testnet, Amsterdam”'), page.name


@pytest.mark.parametrize("language", ["nl", "en"])
def test_results_of_the_internet_are_no_trial(tmp_path, monkeypatch, language):
    """A measurement of the internet has no such notice."""
    monkeypatch.setattr(made_up, "RUN", replace(made_up.RUN, vantage=INTERNET))
    measurement(tmp_path / "m", SHARDS, {})
    paths = write_report(tmp_path / "m", tmp_path / "r", language, standards())
    assert _NOTICES[language] not in paths.index.read_text(encoding="utf-8")
