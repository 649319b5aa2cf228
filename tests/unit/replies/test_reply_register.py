# SPDX-License-Identifier: EUPL-1.2
"""The register of replies: append-only, whole, and for one writer at a time."""

import fcntl
import json
from dataclasses import replace
from datetime import date

import pytest

from meetlat.replies.faults import RegisterError, RegisterFault
from meetlat.replies.register import FILE, Register, add_decisions, add_replies, existing, name_of_person, read_register
from meetlat.replies.reply import Decision, Kind, Outcome
from tests.unit.replies.made_up_replies import REPLIED, reply


def _one(text: str = "klopt niet: “é” \u2028 \r\n \x00"):
    return replace(reply(Kind.LEG_UIT, text=text, norm="2021-01", due=date(2027, 1, 1)), id="", bound_by=("wet",))


def _decision(id_="2026-0001", outcome=Outcome.ACCEPTED, reason="", on=REPLIED):
    return Decision(id_, on, "analist", outcome, reason)


def test_what_is_written_is_read_back(tmp_path):
    """Replies and decisions come back as they were, with the numbers that were given out."""
    given = add_replies(tmp_path / "r", [_one(), _one("tweede")], Register())
    add_decisions(tmp_path / "r", [_decision(), _decision("2026-0002", Outcome.REJECTED, "geen grond")])
    register = read_register(tmp_path / "r")
    assert [one.id for one in given] == ["2026-0001", "2026-0002"]
    assert register.replies == given
    assert register.decisions == (_decision(), _decision("2026-0002", Outcome.REJECTED, "geen grond"))


def test_lines_are_only_added(tmp_path):
    """What stood there stays, byte for byte; each line is JSON by itself."""
    add_replies(tmp_path, [_one()], Register())
    before = (tmp_path / FILE).read_bytes()
    add_decisions(tmp_path, [_decision()])
    after = (tmp_path / FILE).read_bytes()
    assert after.startswith(before)
    assert [json.loads(line)["record"] for line in after.split(b"\n") if line] == ["reply", "decision"]


@pytest.mark.parametrize(
    "harm",
    [
        pytest.param(lambda lines: [lines[0].replace("klopt", "klapt"), *lines[1:]], id="a word changed"),
        pytest.param(lambda lines: lines[1:], id="a line left out"),
        pytest.param(lambda lines: [lines[1], lines[0], *lines[2:]], id="lines turned around"),
        pytest.param(lambda lines: [*lines, lines[-1]], id="a line twice"),
        pytest.param(lambda lines: [*lines, "{"], id="no JSON"),
        pytest.param(lambda lines: [*lines, "[]"], id="no object"),
        pytest.param(lambda lines: [*lines, "[" * 100_000], id="very deep"),
        pytest.param(lambda lines: [*lines, "{}"], id="an empty object"),
    ],
)
def test_a_register_changed_by_hand_is_refused(tmp_path, harm):
    """The digests tell; nothing is added to it either."""
    add_replies(tmp_path, [_one(), _one("tweede")], Register())
    add_decisions(tmp_path, [_decision()])
    lines = (tmp_path / FILE).read_text().splitlines()
    (tmp_path / FILE).write_text("\n".join(harm(lines)) + "\n")
    for use in (read_register, existing, lambda folder: add_decisions(folder, [_decision()])):
        with pytest.raises(RegisterError) as error:
            use(tmp_path)
        assert error.value.fault is RegisterFault.DAMAGED


@pytest.mark.parametrize(
    ("decision", "fault"),
    [
        pytest.param(_decision("2026-0009"), RegisterFault.NO_SUCH_REPLY, id="no such reply"),
        pytest.param(_decision(outcome=Outcome.REJECTED, reason=" "), RegisterFault.REASON_MISSING, id="rejected without a reason"),
        pytest.param(_decision(on=date(2026, 6, 19)), RegisterFault.BEFORE_REPLY, id="decided before it was said"),
    ],
)
def test_wrong_decisions_are_refused_whole(tmp_path, decision, fault):
    """A right decision beside a wrong one is not written either."""
    add_replies(tmp_path, [_one()], Register())
    with pytest.raises(RegisterError) as error:
        add_decisions(tmp_path, [_decision(), decision])
    assert error.value.fault is fault
    assert read_register(tmp_path).decisions == ()


def test_two_writers_at_once(tmp_path):
    """One of two is refused: while the other holds the register, and when it changed since it was read."""
    known = existing(tmp_path)
    add_replies(tmp_path, [_one()], known)
    with pytest.raises(RegisterError) as stale:
        add_replies(tmp_path, [_one("tweede")], known)
    with (tmp_path / "replies.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(RegisterError) as busy:
            add_decisions(tmp_path, [_decision()])
    assert stale.value.fault is busy.value.fault is RegisterFault.IN_USE
    add_decisions(tmp_path, [_decision()])


def test_no_register_and_no_room(tmp_path):
    """Reading what is not there, and writing where that cannot be."""
    with pytest.raises(RegisterError) as missing:
        read_register(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(RegisterError) as unwritable:
        add_replies(tmp_path / "file", [_one()], Register())
    assert missing.value.fault is RegisterFault.NOT_THERE
    assert unwritable.value.fault is RegisterFault.UNWRITABLE


@pytest.mark.parametrize("name", ["", " ", "ciso@gemeente-duinrade.nl", "x" * 121, "a\x1bb"])
def test_who_is_a_name_or_function_and_no_address(tmp_path, name):
    """We keep no more than we need."""
    with pytest.raises(RegisterError) as error:
        name_of_person(name, tmp_path)
    assert error.value.fault is RegisterFault.BAD_NAME
    assert name_of_person("  CISO   van Duinrade ", tmp_path) == "CISO van Duinrade"
