# SPDX-License-Identifier: EUPL-1.2
"""Forms that were sent in: what is right is read, and of what is not every fault is told."""

import csv
import io
from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from odfdo import Document, Table

from meetlat.agreements.reading import read_agreements
from meetlat.model.target import Role
from meetlat.replies.faults import FormError, FormFault
from meetlat.replies.form import HEADERS, KINDS, FormLine, column_of, kind_of, write_form
from meetlat.replies.reading import Given, Setting, read_form, read_forms
from meetlat.replies.register import Register
from meetlat.replies.reply import Decision, Kind, Outcome
from meetlat.standards.loading import standards
from tests.unit.made_up import DUINRADE, HEIDERIJK, VEENWAARD

ON = Given("CISO", date(2026, 7, 1))
NORMS = {"hsts": "2021-01", "ipv6": "2020-04", "spf": "2018-04", "security_headers": "2021-03"}
COLUMNS = ("meting", "organisatie", "domein", "rol", "standaard", "norm", "onderdeel", "soort reactie", "toelichting", "bewijs", "datum")
RIGHT = {
    "organisatie": "Gemeente Duinrade",
    "domein": "gemeente-duinrade.nl",
    "standaard": "hsts",
    "soort reactie": "betwist",
    "toelichting": "klopt niet",
    "bewijs": "logboek",
}


def setting(**more) -> Setting:
    """What the forms are held against: three organisations with a domain each."""
    values = {"agreements": read_agreements(standards()).values(), "register": Register()}
    return Setting("m1", NORMS, (DUINRADE, HEIDERIJK, VEENWAARD), standards(), **(values | more))


def form(*rows, columns=COLUMNS) -> bytes:
    """Write rows as a spreadsheet program set to Dutch does."""
    file = io.StringIO()
    writer = csv.writer(file, delimiter=";")
    writer.writerow(columns)
    writer.writerows([row.get(column, "") for column in columns] for row in rows)
    return ("\ufeff" + file.getvalue()).encode()


def read(*rows, **more):
    """Read one form that is right."""
    replies, faults = read_form("w.csv", form(*(RIGHT | row for row in rows)), setting(**more), ON)
    assert faults == []
    return replies


@pytest.mark.parametrize(
    ("row", "fields"),
    [
        pytest.param({}, {"kind": Kind.DISPUTE, "text": "klopt niet", "evidence": "logboek", "roles": (Role.WEB,)}, id="dispute"),
        pytest.param(
            {"soort reactie": "NIET  van ons"}, {"kind": Kind.NOT_OURS, "standard": "", "roles": (Role.WEB, Role.MAIL)}, id="ours"
        ),
        pytest.param({"soort reactie": "gepland", "datum": "2026-07-01"}, {"due": date(2026, 7, 1)}, id="planned for today"),
        pytest.param({"soort reactie": "gepland", "datum": "1-9-2026"}, {"due": date(2026, 9, 1)}, id="a date as the Dutch write it"),
        pytest.param({"soort reactie": "leg_uit", "datum": "2027-01-01"}, {"kind": Kind.LEG_UIT, "norm": "2021-01"}, id="leg uit"),
        pytest.param({"soort reactie": "comment", "standaard": ""}, {"kind": Kind.COMMENT, "standard": ""}, id="comment, in English"),
        pytest.param({"standaard": "IPv6", "rol": "mail"}, {"standard": "ipv6", "roles": (Role.MAIL,)}, id="a standard by its name"),
        pytest.param({"norm": "norm 2021-01"}, {"norm": "2021-01"}, id="the norm as the form writes it"),
        pytest.param({"domein": "HTTPS://Gemeente-Duinrade.NL/"}, {"domain": "gemeente-duinrade.nl"}, id="a domain as people write it"),
        pytest.param({"standaard": "spf", "onderdeel": "policy"}, {"part": "policy", "roles": (Role.MAIL,)}, id="a part by its id"),
    ],
)
def test_what_is_read(row, fields):
    """Each kind of reply, as people write it."""
    (reply,) = read(row)
    assert {name: getattr(reply.says, name) for name in fields} == fields
    assert (reply.by, reply.on, reply.measurement, reply.source.row) == ("CISO", date(2026, 7, 1), "m1", 2)


@pytest.mark.parametrize(
    ("row", "column", "fault"),
    [
        ({"domein": ""}, "domain", FormFault.NO_DOMAIN),
        ({"domein": "geen naam"}, "domain", FormFault.BAD_DOMAIN),
        ({"domein": "onbekend.nl"}, "domain", FormFault.UNKNOWN_DOMAIN),
        ({"domein": "heiderijk.nl"}, "domain", FormFault.OTHER_ORGANISATION),
        ({"organisatie": ""}, "organisation", FormFault.NO_ORGANISATION),
        ({"organisatie": "Gemeente Nergens"}, "organisation", FormFault.UNKNOWN_ORGANISATION),
        ({"meting": "m0"}, "measurement", FormFault.OTHER_MEASUREMENT),
        ({"soort reactie": ""}, "kind", FormFault.NO_KIND),
        ({"soort reactie": "boos"}, "kind", FormFault.BAD_KIND),
        ({"rol": "fax"}, "roles", FormFault.BAD_ROLE),
        ({"rol": "mail"}, "roles", FormFault.OTHER_ROLE),
        (
            {"organisatie": "Gemeente Heiderijk", "domein": "heiderijk.nl", "rol": "mail", "standaard": "ipv6"},
            "roles",
            FormFault.NOT_ITS_ROLE,
        ),
        ({"organisatie": "Waterschap Veenwaard", "domein": "waterschapveenwaard.nl"}, "standard", FormFault.OTHER_ROLE),
        ({"standaard": ""}, "standard", FormFault.NO_STANDARD),
        ({"standaard": "dnssec"}, "standard", FormFault.UNKNOWN_STANDARD),
        ({"onderdeel": "wiel"}, "part", FormFault.UNKNOWN_PART),
        ({"soort reactie": "opmerking", "standaard": "", "onderdeel": "x"}, "part", FormFault.PART_WITHOUT_STANDARD),
        ({"norm": "1999-01"}, "norm", FormFault.UNKNOWN_NORM),
        ({"toelichting": ""}, "text", FormFault.NO_TEXT),
        ({"bewijs": ""}, "evidence", FormFault.NO_EVIDENCE),
        ({"soort reactie": "leg uit", "toelichting": "", "datum": "2027-01-01"}, "text", FormFault.NO_TEXT),
        ({"soort reactie": "leg uit"}, "due", FormFault.NO_DATE),
        ({"soort reactie": "gepland"}, "due", FormFault.NO_DATE),
        ({"soort reactie": "gepland", "datum": "ooit"}, "due", FormFault.BAD_DATE),
        ({"soort reactie": "gepland", "datum": "31-02-2027"}, "due", FormFault.BAD_DATE),
        ({"soort reactie": "gepland", "datum": "2026-06-30"}, "due", FormFault.DATE_IN_PAST),
        ({"toelichting": "x" * 4_001}, "text", FormFault.TOO_LONG),
    ],
    ids=lambda value: value.value if isinstance(value, FormFault) else "",
)
def test_one_fault_in_a_row(row, column, fault):
    """It is told with its row and column, and the row is not read."""
    replies, faults = read_form("w.csv", form(RIGHT | {"soort reactie": "opmerking"}, RIGHT | row), setting(), ON)
    assert [(one.row, one.column, one.fault) for one in faults] == [(3, column, fault)]
    assert len(replies) == 1


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("w.csv", b"", FormFault.EMPTY),
        ("w.doc", b"x", FormFault.UNSUPPORTED),
        ("w.csv", "Café".encode("latin-1"), FormFault.NOT_UTF8),
        ("w.xlsx", b"no sheet", FormFault.UNREADABLE),
        ("w.ods", b"PK\x03\x04", FormFault.UNREADABLE),
        ("w.csv", b"domein;domein\n", FormFault.COLUMN_TWICE),
        ("w.csv", b"a;b\n", FormFault.NO_COLUMN),
        ("w.csv", b"a;" * 200 + b"\n", FormFault.TOO_LARGE),
    ],
    ids=lambda value: value.value if isinstance(value, FormFault) else "",
)
def test_files_that_are_no_form(name, content, fault):
    """The file as a whole is refused."""
    with pytest.raises(FormError) as error:
        read_form(name, content, setting(), ON)
    assert fault in {one.fault for one in error.value.faults}


def test_all_files_or_none_with_every_fault(tmp_path):
    """Two forms with faults and one that is right: all faults are told, nothing is read."""
    contents = {
        "a.csv": form(RIGHT | {"domein": "onbekend.nl", "bewijs": ""}),
        "b.csv": form(RIGHT),
        "c.csv": form(RIGHT | {"soort reactie": "boos"}),
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    with pytest.raises(FormError) as error:
        read_forms([*(tmp_path / name for name in contents), tmp_path / "d.csv"], setting(), ON)
    found = [(one.file.rpartition("/")[2], one.row, one.fault) for one in error.value.faults]
    assert found == [
        ("a.csv", 2, FormFault.UNKNOWN_DOMAIN),
        ("c.csv", 2, FormFault.BAD_KIND),
        ("d.csv", 0, FormFault.NOT_THERE),
    ]


def test_what_is_said_twice_is_refused(tmp_path):
    """Within the forms, and of what is in the register; what was rejected there may be said again."""
    (tmp_path / "a.csv").write_bytes(form(RIGHT, RIGHT | {"toelichting": "nog eens"}))
    (tmp_path / "b.csv").write_bytes(form(RIGHT))
    with pytest.raises(FormError) as twice:
        read_forms([tmp_path / "a.csv"], setting(), ON)
    assert [(one.row, one.fault, one.detail) for one in twice.value.faults] == [(3, FormFault.DUPLICATE, "a.csv, 2")]
    replies = read_forms([tmp_path / "b.csv"], setting(), ON)
    with pytest.raises(FormError) as again:
        read_forms([tmp_path / "b.csv"], setting(register=Register(replies)), ON)
    assert [one.fault for one in again.value.faults] == [FormFault.KNOWN_ALREADY]
    rejected = Register(replies, (Decision(replies[0].id, ON.on, "analist", Outcome.REJECTED, "x"),))
    assert len(read_forms([tmp_path / "b.csv"], setting(register=rejected), ON)) == 1


def test_rows_that_are_not_filled_in_are_no_reply(tmp_path):
    """A form that comes back as it went holds nothing."""
    (tmp_path / "w.csv").write_bytes(form({name: RIGHT[name] for name in ("organisatie", "domein", "standaard")}))
    with pytest.raises(FormError) as error:
        read_forms([tmp_path / "w.csv"], setting(), ON)
    assert [one.fault for one in error.value.faults] == [FormFault.NOTHING_FILLED_IN]


def test_the_sender_is_held_to_its_own_domains():
    """When it is known who sent the form."""
    _, faults = read_form("w.csv", form(RIGHT), setting(sender="Gemeente Heiderijk"), ON)
    assert [one.fault for one in faults] == [FormFault.NOT_THE_SENDER]


@pytest.mark.parametrize(
    ("row", "bound"),
    [
        pytest.param({"standaard": "ipv6"}, {"streefbeeldafspraak-2020-ipv6"}, id="a streefbeeldafspraak takes no leg uit"),
        pytest.param({"standaard": "hsts"}, {"besluit-beveiligde-verbinding-2023"}, id="neither does the law"),
        pytest.param({"standaard": "security_headers"}, set(), id="nothing is agreed on it"),
        pytest.param({"standaard": "hsts", "soort reactie": "gepland"}, set(), id="a planned date is no leg uit"),
    ],
)
def test_a_leg_uit_where_there_is_no_room_is_marked(row, bound):
    """It is not refused."""
    (reply,) = read({"soort reactie": "leg uit", "datum": "2027-01-01"} | row)
    assert bound <= set(reply.bound_by)
    assert bool(bound) == bool(reply.bound_by)


def test_a_spreadsheet_with_a_real_date(tmp_path):
    """ODS, with a date that the program understood as one."""
    table = Table("wederhoor")
    row = RIGHT | {"soort reactie": "gepland", "datum": date(2027, 3, 1)}
    table.set_values([list(row), list(row.values())])
    document = Document("spreadsheet")
    document.body.clear()
    document.body.append(table)
    document.save(tmp_path / "w.ods")
    (reply,) = read_forms([tmp_path / "w.ods"], setting(), ON)
    assert reply.says.due == date(2027, 3, 1)


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_form_that_is_written_is_the_form_that_is_read(tmp_path, language):
    """Filled in, it comes back; a name that looks like a formula is kept from being one."""
    line = FormLine("m1", "Gemeente Duinrade", "gemeente-duinrade.nl", "web", "hsts", "norm 2021-01", "=cmd()")
    write_form(tmp_path / "w.csv", [line], language)
    text = (tmp_path / "w.csv").read_text(encoding="utf-8-sig")
    assert "'=cmd()" in text
    filled = text.replace("'=cmd();;;;;;", "'=cmd();;betwist;reden;bewijs;;")
    (tmp_path / "w.csv").write_text(filled, encoding="utf-8")
    (reply,) = read_forms([tmp_path / "w.csv"], setting(), ON)
    assert (reply.says.kind, reply.says.standard, reply.says.norm) == (Kind.DISPUTE, "hsts", "2021-01")


def test_words_of_the_form_mean_one_thing():
    """No header and no kind has the same word twice, in any language."""
    assert all(column_of(word) == column for column, words in HEADERS.items() for word in words)
    assert all(kind_of(word.upper()) is kind for kind, words in KINDS.items() for word in words)


_CELL = st.one_of(
    st.text(max_size=40), st.sampled_from([*RIGHT.values(), "leg uit", "gepland", "niet van ons", "2027-01-01", "mail", "'="])
)


@given(st.lists(st.lists(_CELL, min_size=len(COLUMNS), max_size=len(COLUMNS)), max_size=5))
def test_any_row_is_read_or_refused(rows):
    """No cell makes the reader fall; what it reads is of a known domain and its own organisation."""
    replies, faults = read_form("w.csv", form(*(dict(zip(COLUMNS, row, strict=True)) for row in rows)), _SETTING, ON)
    owner = {line.domain.name: line.organisation for line in _SETTING.listings}
    assert all(owner[one.says.domain] == one.says.organisation for one in replies)
    assert all(one.shown.isprintable() and len(one.shown) <= 80 for one in faults)


@settings(deadline=None)  # what looks packed is read in a process of its own
@given(st.sampled_from(["w.csv", "w.xlsx", "w.ods"]), st.binary(max_size=300))
def test_any_file_is_read_or_refused(name, content):
    """Bytes from outside give replies or a FormError, nothing else."""
    with suppress(FormError):
        assert read_form(name, content, _SETTING, ON)[0] == []


_SETTING = setting()
