# SPDX-License-Identifier: EUPL-1.2
"""Whether the place that is measured from has IPv6 shows before anybody is said not to have it."""

import asyncio
from datetime import UTC, datetime

import pytest

from meetlat.model.evidence import Failure, Observation
from meetlat.probes.prober import Prober
from meetlat.probes.vantage import ipv6_works
from tests.unit.probes.loopback import open_gate
from tests.unit.probes.made_up_resolver import resolving, said

ROOTS = [f". 9 NS {letter}.root.test." for letter in "abcdef"]


class Asked(Prober):
    """Probes that get an answer of some addresses only, and keep which were asked."""

    def __init__(self, resolver, answering):
        super().__init__({}, open_gate(), resolver)
        self.answering, self.asked = answering, []

    async def observe(self, need, attempt=1):
        """Answer, or not."""
        self.asked.append((need.kind, need.subject, need.detail))
        if need.subject in self.answering:
            return Observation(need, datetime.now(UTC), answer={"rcode": "NOERROR"}, attempt=attempt)
        return Observation(need, datetime.now(UTC), failure=Failure.CONNECT_TIMEOUT, attempt=attempt)


def rooted(addresses):
    """Answer what the root servers are, and which addresses they have."""

    def answering(question, _way):
        if b"\x04root\x04test" not in question:
            return said(question, *ROOTS)
        letter = question[13:14].decode()
        return said(question, *(f"{letter}.root.test. 9 AAAA {address}" for address in addresses.get(letter, ())))

    return answering


@pytest.mark.parametrize(
    ("addresses", "answering", "expected"),
    [
        pytest.param({"a": ["2001:db8::a"], "b": ["2001:db8::b"]}, {"2001:db8::b"}, True, id="one answers"),
        pytest.param({"a": ["2001:db8::a"], "b": ["2001:db8::b"]}, set(), False, id="none answers"),
        pytest.param({}, set(), True, id="none has IPv6, so that nothing was shown"),
        pytest.param({"f": ["2001:db8::f"]}, set(), True, id="only the first few are asked"),
    ],
)
def test_ipv6_at_the_place_of_measuring(addresses, answering, expected, run):
    """A root server that answers shows that there is IPv6; when some have an address and none answers there is none."""

    async def work():
        async with resolving(rooted(addresses)) as resolver:
            probes = Asked(resolver, answering)
            return await ipv6_works(probes), probes.asked

    works, asked = run(work())
    assert works is expected
    assert set(asked) == {("name_server", each[0], "") for letter, each in addresses.items() if letter in "abcd"}


def test_a_resolver_that_is_silent_shows_nothing(run, monkeypatch):
    """What the resolver does not say is no proof against IPv6."""
    monkeypatch.setattr("meetlat.probes.resolver._DEADLINE_SECONDS", 0.05)

    async def work():
        async with resolving(lambda _question, _way: None) as resolver:
            return await ipv6_works(Asked(resolver, set()))

    assert run(work()) is True


def test_without_a_resolver():
    """Probes that were made for a test have none."""
    assert asyncio.run(ipv6_works(Asked(None, set()))) is True
