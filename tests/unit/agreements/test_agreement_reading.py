# SPDX-License-Identifier: EUPL-1.2
"""The register of agreements is read whole, or refused with every fault in it."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meetlat.agreements.reading import AgreementFault, AgreementsError, read_agreements
from meetlat.model.agreement import Agreement, AgreementKind, Ask, Reading
from meetlat.model.norm import Norm
from meetlat.model.partial_date import PartialDate
from meetlat.model.registration import Registration
from meetlat.model.standard import Standard
from meetlat.model.target import Role

_NORM = Norm("spf", "2018-04", date(2018, 4, 1), None, "RFC 7208", {}, {"record": (), "policy": ()}, {})
SPF = Standard("spf", {}, {}, {}, (Role.MAIL,), (), Registration(), (_NORM,), None, {}, Path())
GOOD = """
kind     = "streefbeeldafspraak"
made_by  = "OBDO"
agreed   = "2018-04"
by       = 2019-12-31
reading  = "must"
sources  = ["https://example.org/besluit"]

[name]
nl = "Derde"
en = "Third"

[werkingsgebied]
nl = "alle overheden"
en = "all of government"
groups = ["Gemeenten"]

[[asks]]
standard = "spf"
role     = "mail"
parts    = ["policy"]
norm     = "2018-04"
"""


def _read(folder: Path, text: str = GOOD):
    (folder / "derde.toml").write_text(text, encoding="utf-8")
    return read_agreements({"spf": SPF}, folder)


def _faults(folder: Path, text: str) -> list[AgreementFault]:
    with pytest.raises(AgreementsError) as told:
        _read(folder, text)
    return [wrong.fault for wrong in told.value.faults]


def test_an_agreement_is_read_as_it_is_written(tmp_path):
    """Its id is the name of its file."""
    assert _read(tmp_path) == {
        "derde": Agreement(
            id="derde",
            names={"nl": "Derde", "en": "Third"},
            kind=AgreementKind.STREEFBEELDAFSPRAAK,
            made_by="OBDO",
            werkingsgebied={"nl": "alle overheden", "en": "all of government"},
            groups=("Gemeenten",),
            asks=(Ask("spf", Role.MAIL, ("policy",), "2018-04"),),
            reading=Reading.MUST,
            agreed=PartialDate(2018, 4),
            by=PartialDate(2019, 12, 31),
            in_force=None,
            sources=("https://example.org/besluit",),
        )
    }


_F = AgreementFault


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        pytest.param('made_by  = "OBDO"', "", _F.MISSING, id="nobody made it"),
        pytest.param('made_by  = "OBDO"', 'made_by = ""', _F.WRONG_KIND, id="made by nothing"),
        pytest.param('made_by  = "OBDO"', "made_by = 7", _F.WRONG_KIND, id="made by a number"),
        pytest.param('en = "Third"', "", _F.MISSING, id="no English name"),
        pytest.param('[name]\nnl = "Derde"\nen = "Third"', 'name = "Derde"', _F.WRONG_KIND, id="a name without languages"),
        pytest.param('"streefbeeldafspraak"', '"belofte"', _F.NOT_A_CHOICE, id="no such kind"),
        pytest.param('"must"', '"soft"', _F.NOT_A_CHOICE, id="no such reading"),
        pytest.param('"2018-04"\nby', '"spring 2018"\nby', _F.NOT_A_DATE, id="no date"),
        pytest.param('agreed   = "2018-04"', "", _F.MISSING, id="never agreed"),
        pytest.param("by       = 2019-12-31", "", _F.ONE_MOMENT, id="no date by when"),
        pytest.param("by       = 2019-12-31", "by = 2019-12-31\nin_force = 2020-01-01", _F.ONE_MOMENT, id="two moments"),
        pytest.param("by       = 2019-12-31", "by = 2017-12-31", _F.DATES_IN_DISORDER, id="binds before it was agreed"),
        pytest.param('["https://example.org/besluit"]', "[]", _F.NO_SOURCE, id="no source"),
        pytest.param('"https://example.org/besluit"', '"van horen zeggen"', _F.NO_SOURCE, id="a source that is no address"),
        pytest.param('"spf"', '"telex"', _F.UNKNOWN_STANDARD, id="no such standard"),
        pytest.param('"mail"', '"web"', _F.UNKNOWN_ROLE, id="not for that role"),
        pytest.param('"mail"', '"ftp"', _F.NOT_A_CHOICE, id="no such role"),
        pytest.param('["policy"]', '["wish"]', _F.UNKNOWN_PART, id="no such part"),
        pytest.param('norm     = "2018-04"', 'norm = "1900"', _F.UNKNOWN_NORM, id="no such norm"),
        pytest.param('groups = ["Gemeenten"]', 'groups = "Gemeenten"', _F.WRONG_KIND, id="groups that are no list"),
        pytest.param('groups = ["Gemeenten"]', 'group = ["Gemeenten"]', _F.NO_SUCH_FIELD, id="a field nobody reads"),
        pytest.param("[[asks]]", "[ask]", _F.NO_ASKS, id="asks nothing"),
        pytest.param("[name]", "[name", _F.UNREADABLE, id="no TOML"),
    ],
)
def test_what_is_wrong_is_told(tmp_path, old, new, fault):
    """By its kind."""
    assert old in GOOD
    assert fault in _faults(tmp_path, GOOD.replace(old, new))


def test_the_same_is_not_asked_twice(tmp_path):
    """Parts of one standard stand in one ask."""
    again = '\n[[asks]]\nstandard = "spf"\nrole = "mail"\nparts = ["record"]\n'
    assert _faults(tmp_path, GOOD + again) == [_F.ASKED_TWICE]


def test_every_fault_of_every_file_is_told_at_once(tmp_path):
    """Nothing is half-read."""
    (tmp_path / "goed.toml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(AgreementsError) as told:
        _read(tmp_path, GOOD.replace('"spf"', '"telex"').replace('"must"', '"soft"').replace("https://", "ftp://"))
    assert [(wrong.file, wrong.fault) for wrong in told.value.faults] == [
        ("bytes.toml", _F.UNREADABLE),
        ("derde.toml", _F.NOT_A_CHOICE),
        ("derde.toml", _F.UNKNOWN_STANDARD),
        ("derde.toml", _F.NO_SOURCE),
    ]


def test_a_folder_without_agreements_is_no_register(tmp_path):
    """A wrong folder is not an empty register."""
    with pytest.raises(AgreementsError) as told:
        read_agreements({}, tmp_path / "nowhere")
    assert told.value.faults[0].fault is _F.NO_REGISTER


_VALUES = st.recursive(
    st.sampled_from(['""', '"spf"', '"mail"', "7", "true", "2018-04-01", '"2018"', "1.5"]),
    lambda inner: (
        st.lists(inner, max_size=2).map(lambda items: f"[{', '.join(items)}]")
        | st.dictionaries(st.sampled_from(["nl", "groups", "standard", "role", "parts", "norm"]), inner, max_size=3).map(
            lambda table: "{" + ", ".join(f"{name} = {value}" for name, value in table.items()) + "}"
        )
    ),
    max_leaves=4,
)
_FIELDS = st.sampled_from(["kind", "made_by", "reading", "agreed", "by", "in_force", "sources", "name", "werkingsgebied", "asks", "x"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.dictionaries(_FIELDS, _VALUES, max_size=8))
def test_whatever_stands_in_a_file_is_read_or_refused(tmp_path, fields):
    """A wrong value of any kind in any place is a fault, never a crash."""
    with pytest.raises(AgreementsError):
        _read(tmp_path, "\n".join(f"{name} = {value}" for name, value in fields.items()))
