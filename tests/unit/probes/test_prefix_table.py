# SPDX-License-Identifier: EUPL-1.2
"""The table of prefixes gives what lies around an address, as ipaddress would."""

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meetlat.probes.prefix_table import PrefixTable

_FOUR = st.tuples(st.just(4), st.integers(0, 2**32 - 1), st.integers(0, 32), st.integers(0, 2**64 - 1))
_SIX = st.tuples(st.just(6), st.integers(0, 2**128 - 1), st.integers(0, 128), st.integers(0, 2**64 - 1))


@given(st.lists(_FOUR | _SIX, max_size=20), st.data())
def test_it_says_what_ipaddress_says(rows, data):
    """For an address inside one of the prefixes, or any other: all prefixes around it, the shortest first."""
    table = PrefixTable()
    for row in rows:
        table.add(*row)
    table.sort()
    known = [(ip_network((network, length), strict=False), value) for network, length, value in _typed(rows)]
    inside = [prefix[data.draw(st.integers(0, prefix.num_addresses - 1))] for prefix, _ in known[:3]]
    for address in (*inside, ip_address("198.51.100.7"), ip_address("2001:db8::7")):
        expected = sorted((prefix.prefixlen, value) for prefix, value in known if prefix.version == address.version and address in prefix)
        found = [(prefix.prefixlen, value) for prefix, value in table.covering(address)]
        assert sorted(found) == expected
        assert [length for length, _ in found] == sorted(length for length, _ in found)
        assert all(address in prefix for prefix, _ in table.covering(address))
    assert len(table) == len(rows)


def _typed(rows):
    """Make addresses of the numbers, so that small ones of IPv6 are not taken for IPv4."""
    for version, network, length, value in rows:
        yield ip_address(network) if version == 4 else ip_address(network.to_bytes(16, "big")), length, value


def test_which_families_it_holds():
    """A file of one family says nothing of the other."""
    table = PrefixTable()
    table.add(4, 0, 0, 1)
    assert (table.has(4), table.has(6)) == (True, False)


@pytest.mark.parametrize(("version", "length"), [(4, 33), (4, -1), (6, 129)])
def test_lengths_that_no_prefix_has(version, length):
    """They are refused."""
    with pytest.raises(ValueError, match="no prefix is of length"):
        PrefixTable().add(version, 0, length, 1)
