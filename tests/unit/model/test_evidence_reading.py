# SPDX-License-Identifier: EUPL-1.2
"""Readings of evidence: made once, and made again when another answer counts."""

from datetime import UTC, datetime

from meetlat.model.evidence import Evidence, Failure, Need, Observation

NEED = Need("dns", "a.example", "A")
AT = datetime(2026, 6, 1, tzinfo=UTC)


class _Reader:
    """Reads a number, and counts how often it was asked to."""

    def __init__(self):
        self.times = 0

    def __call__(self, answer):
        self.times += 1
        return answer["n"]


def test_an_answer_is_read_once():
    """The second rule gets what the first one read."""
    read, seen = _Reader(), Evidence([Observation(NEED, AT, answer={"n": 1})])
    assert [seen.reading(NEED, read), seen.reading(NEED, read)] == [1, 1]
    assert read.times == 1


def test_a_later_answer_is_read_anew():
    """A second attempt that counts replaces what was read of the first."""
    read, seen = _Reader(), Evidence([Observation(NEED, AT, answer={"n": 1})])
    assert seen.reading(NEED, read) == 1
    seen.add(Observation(NEED, AT, answer={"n": 2}, attempt=2))
    assert seen.reading(NEED, read) == 2


def test_two_functions_read_apart():
    """What one function read is not what another reads."""
    seen = Evidence([Observation(NEED, AT, answer={"n": 1})])
    assert seen.reading(NEED, lambda answer: answer["n"]) == 1
    assert seen.reading(NEED, lambda answer: str(answer["n"])) == "1"


def test_no_answer_no_reading():
    """What was not asked, and what failed, is not read; nor is an answer that a failure has replaced."""
    read, seen = _Reader(), Evidence()
    assert seen.reading(NEED, read) is None
    seen.add(Observation(NEED, AT, answer={"n": 1}))
    assert seen.reading(NEED, read) == 1
    seen.add(Observation(NEED, AT, failure=Failure.DNS_TIMEOUT, attempt=2))
    assert seen.reading(NEED, read) is None
