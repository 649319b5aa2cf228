# SPDX-License-Identifier: EUPL-1.2
"""The router refuses and drops exactly what the plan says."""

import re

import pytest

from lab.network import _rules
from lab.plan import BlockedPort, PortFault

BLOCKED = (
    BlockedPort("198.18.65.48", 443, PortFault.REFUSE),
    BlockedPort("198.18.65.48", 80, PortFault.REFUSE),
    BlockedPort("198.18.65.49", 443, PortFault.DROP),
    BlockedPort("2001:db8:1001::2d", 443, PortFault.REFUSE),
    BlockedPort("2001:db8:2001::37", 25, PortFault.DROP),
)


def elements(text):
    """The elements of every set, by the name of the set."""
    found = re.findall(r"set (\w+) \{ type \w+ \. inet_service;(?: elements = \{ (.*?) \};)? \}", text)
    return {name: set(listed.split(", ")) if listed else set() for name, listed in found}


def test_each_blocked_port_is_in_the_set_of_its_family_and_fault():
    """Nothing is blocked but what the plan says, and in the right way."""
    assert elements(_rules(BLOCKED)) == {
        "refuse4": {"198.18.65.48 . 443", "198.18.65.48 . 80"},
        "drop4": {"198.18.65.49 . 443"},
        "refuse6": {"2001:db8:1001::2d . 443"},
        "drop6": {"2001:db8:2001::37 . 25"},
    }


@pytest.mark.parametrize(
    "rule",
    [
        "ip daddr . tcp dport @refuse4 reject with tcp reset",
        "ip6 daddr . tcp dport @refuse6 reject with tcp reset",
        "ip daddr . tcp dport @drop4 drop",
        "ip6 daddr . tcp dport @drop6 drop",
    ],
)
def test_each_set_has_its_rule(rule):
    """A refusal is a reset, a drop is silence; both for forwarded packets only."""
    chain = _rules(BLOCKED).partition("chain forward { type filter hook forward priority 0;")[2]
    assert rule in chain


def test_without_blocked_ports_the_sets_are_empty():
    """An empty list of elements would be an error of syntax, so there is none."""
    text = _rules(())
    assert "elements" not in text
    assert set(elements(text)) == {"refuse4", "refuse6", "drop4", "drop6"}


def test_a_port_that_is_blocked_twice_is_listed_once():
    """A double element would be an error of nft."""
    assert _rules([BLOCKED[0], BLOCKED[0]]).count("198.18.65.48 . 443") == 1
