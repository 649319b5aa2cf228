# SPDX-License-Identifier: EUPL-1.2
"""Shares over time on the full set and on the same targets, and who got better or worse."""

import pytest

from meetlat.analysis.series import read_series
from meetlat.analysis.share import Share
from meetlat.analysis.trend import Key, movements, trend
from meetlat.model.norm import Verdict
from meetlat.model.target import Role
from meetlat.standards.loading import standards
from tests.unit.analysis.in_time import in_time

_HSTS = Key("hsts", "", Role.WEB)
_DAYS = ("2025-01-01", "2025-07-01", "2026-01-01")


def _series(tmp_path, *measurements, whose=({},) * 3):
    """Measurements of letters per domain, half a year apart."""
    return read_series(
        in_time(tmp_path / day, day, letters, whose=of) for day, letters, of in zip(_DAYS, measurements, whose, strict=False)
    )


def _share(text):
    """Share of verdicts written as letters; None is no share at all."""
    counts = {letter: text.count(letter) for letter in "cnux"}
    return Share(counts["c"], counts["c"] + counts["n"], counts["u"], counts["x"]) if text else None


@pytest.mark.parametrize(
    ("measurements", "full", "panel", "pairs"),
    [
        pytest.param(({"a.nl": "n"}, {"a.nl": "c"}), ("n", "c"), ("n", "c"), (("n", "c"),), id="one domain"),
        pytest.param(
            ({"a.nl": "c", "b.nl": "n", "went.nl": "n"}, {"a.nl": "c", "b.nl": "u", "came.nl": "x"}),
            ("cnn", "cux"),
            ("cn", "cu"),
            (("cn", "cu"),),
            id="one came and one went",
        ),
        pytest.param(
            ({"a.nl": "n", "b.nl": "c"}, {"a.nl": "c"}, {"a.nl": "c", "b.nl": "n"}),
            ("nc", "c", "cn"),
            ("n", "c", "c"),
            (("n", "c"), ("c", "c")),
            id="away in between: in no panel",
        ),
        pytest.param(({"a.nl": "n"}, {"b.nl": "c"}), ("n", "c"), ("", ""), (("", ""),), id="nothing the same"),
        pytest.param(
            ({"a.nl": "u", "b.nl": "u"}, {"a.nl": "u", "b.nl": "u"}),
            ("uu", "uu"),
            ("uu", "uu"),
            (("uu", "uu"),),
            id="undetermined throughout",
        ),
    ],
)
def test_full_set_and_panel(tmp_path, measurements, full, panel, pairs):
    """The panel holds what was on the list every time; a pair what was on it twice."""
    line = trend(_series(tmp_path, *measurements), standards().values()).line(_HSTS)
    assert line.full == tuple(map(_share, full))
    assert line.panel == tuple(map(_share, panel))
    assert line.pairs == tuple((_share(first), _share(last)) for first, last in pairs)


def test_a_merged_municipality_stays_in_the_panel(tmp_path):
    """In panel and pairs a domain is its last owner's; in the full set it is whose it was."""
    whose = ({"a.nl": ("Oud", "Gemeenten"), "b.nl": ("Nieuw", "Gemeenten")}, dict.fromkeys(("a.nl", "b.nl"), ("Nieuw", "Gemeenten")))
    found = trend(_series(tmp_path, {"a.nl": "n", "b.nl": "n"}, {"a.nl": "c", "b.nl": "n"}, whose=whose), standards().values())
    new, old = (found.line(_HSTS, "Gemeenten", name) for name in ("Nieuw", "Oud"))
    assert (new.full, new.panel) == ((_share("n"), _share("cn")), (_share("nn"), _share("cn")))
    assert (old.full, old.panel) == ((_share("n"), None), (None, None))


@pytest.mark.parametrize(
    ("first", "last", "lines"),
    [
        pytest.param(("Oud", "oin-1"), ("Nieuw", "oin-1"), {("Nieuw", "oin-1"): ("n", "c")}, id="renamed, and known by its id"),
        pytest.param(("Oud", None), ("Nieuw", None), {("Oud", None): ("n", ""), ("Nieuw", None): ("", "c")}, id="renamed, and not known"),
        pytest.param(("Zelfde", None), ("Zelfde", "oin-1"), {("Zelfde", "oin-1"): ("n", "c")}, id="its id was not known yet: by name"),
        pytest.param(
            ("Zelfde", "oin-1"), ("Zelfde", "oin-2"), {("Zelfde", "oin-1"): ("n", ""), ("Zelfde", "oin-2"): ("", "c")}, id="two of one name"
        ),
        pytest.param(("Oud", "oin-1"), ("Nieuw", None), {("Oud", "oin-1"): ("n", ""), ("Nieuw", None): ("", "c")}, id="known once only"),
    ],
)
def test_an_organisation_is_followed_by_its_id(tmp_path, first, last, lines):
    """Else by its name; a line has the newest name."""
    folders = [
        in_time(tmp_path / day, day, {"a.nl": letter}, whose={"a.nl": (name, "Rijk")}, ids={name: id_})
        for day, letter, (name, id_) in ((_DAYS[0], "n", first), (_DAYS[1], "c", last))
    ]
    found = trend(read_series(folders), standards().values())
    of_organisations = {
        (line.organisation, line.organisation_id): line.full for line in found.lines if line.key == _HSTS and line.organisation is not None
    }
    assert of_organisations == {whose: tuple(map(_share, full)) for whose, full in lines.items()}


def test_organisations_only_when_asked(tmp_path):
    """They are many."""
    series = _series(tmp_path, {"a.nl": "n"}, {"a.nl": "c"})
    assert all(line.organisation is None for line in trend(series, standards().values(), organisations=False).lines)
    assert any(line.organisation is not None for line in trend(series, standards().values()).lines)


def test_everything_together_is_of_what_was_judged_every_time(tmp_path):
    """Of two standards one was judged once: everything together is the other."""
    first = in_time(tmp_path / "a", _DAYS[0], {"a.nl": "c"}, norms={"hsts": "2021-01"})
    last = in_time(tmp_path / "b", _DAYS[1], {"a.nl": "cn"}, norms={"hsts": "2021-01", "dnssec": "2005-03"})
    found = trend(read_series([first, last]), standards().values())
    assert found.series.not_everywhere == ("dnssec",)
    assert found.line(Key("iv-web", "", Role.WEB)).full == (_share("c"), _share("c"))
    assert found.line(Key("dnssec", "", Role.WEB)).full == (None, _share("n"))


@pytest.mark.parametrize(
    ("letters", "moved"),
    [
        pytest.param("cc", [], id="nothing"),
        pytest.param("nc", [(1, "n", "c", False)], id="better"),
        pytest.param("cn", [(1, "c", "n", False)], id="worse"),
        pytest.param("ncn", [(1, "n", "c", False), (2, "c", "n", True)], id="back and forth"),
        pytest.param("nuc", [(1, "n", "u", False), (2, "u", "c", False)], id="undetermined in between"),
        pytest.param("cuc", [(1, "c", "u", False), (2, "u", "c", False)], id="not told once is no back and forth"),
        pytest.param("c-n", [], id="away in between: from no point to the next"),
    ],
)
def test_who_changed_when(tmp_path, letters, moved):
    """Between points that follow each other."""
    lists = [{"a.nl": letter, "always.nl": "c"} if letter != "-" else {"always.nl": "c"} for letter in letters]
    found = [one for one in movements(_series(tmp_path, *lists), standards().values()) if one.key == _HSTS]
    verdicts = {"c": Verdict.COMPLIANT, "n": Verdict.NON_COMPLIANT, "u": Verdict.UNDETERMINED}
    assert [(one.point, one.was, one.is_now, one.was_before) for one in found] == [
        (point, verdicts[was], verdicts[now], before) for point, was, now, before in moved
    ]
    assert [one.is_improvement for one in found] == [(was, now) == ("n", "c") for _, was, now, _ in moved]
    assert [one.is_regression for one in found] == [(was, now) == ("c", "n") for _, was, now, _ in moved]
