# SPDX-License-Identifier: EUPL-1.2
"""A million prefixes in little memory, asked for those that an address lies in."""

from array import array
from bisect import bisect_left
from collections.abc import Iterator, MutableSequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

_BITS = {4: 32, 6: 128}


@dataclass(slots=True)
class _Column:
    """The prefixes of one length: the bits that count, each with its value, in the order of those bits once sorted."""

    keys: MutableSequence[int]
    values: MutableSequence[int] = field(default_factory=lambda: array("Q"))

    def sort(self) -> None:
        """Put them in order."""
        order = sorted(range(len(self.keys)), key=self.keys.__getitem__)
        ordered = (self.keys[place] for place in order)
        self.keys = array(self.keys.typecode, ordered) if isinstance(self.keys, array) else list(ordered)
        self.values = array("Q", (self.values[place] for place in order))

    def find(self, key: int) -> Iterator[int]:
        """Yield the values that stand with a key."""
        place = bisect_left(self.keys, key)
        while place < len(self.keys) and self.keys[place] == key:
            yield self.values[place]
            place += 1


class PrefixTable:
    """Prefixes with a number of at most 64 bits each; the same prefix may stand there more than once. Sort before asking."""

    def __init__(self) -> None:
        self._columns: dict[tuple[int, int], _Column] = {}

    def __len__(self) -> int:
        """Return how many there are."""
        return sum(len(column.keys) for column in self._columns.values())

    def add(self, version: int, network: int, length: int, value: int) -> None:
        """Add a prefix; what stands behind its length is left out of account. Raises ValueError when there is no such length."""
        bits = _BITS[version]
        column = self._columns.get((version, length))
        if column is None:
            if not 0 <= length <= bits:
                raise ValueError(f"no prefix is of length {length}")
            column = self._columns[version, length] = _Column(_keys(length))
        column.keys.append(network >> bits - length)
        column.values.append(value)

    def sort(self) -> None:
        """Make the table ready to be asked."""
        for column in self._columns.values():
            column.sort()

    def has(self, version: int) -> bool:
        """Whether there is any prefix of a family."""
        return any(version == known for known, _ in self._columns)

    def covering(self, address: IPv4Address | IPv6Address) -> Iterator[tuple[IPv4Network | IPv6Network, int]]:
        """Yield every prefix that an address lies in, with its value; the shortest first."""
        bits, number = _BITS[address.version], int(address)
        for version, length in sorted(self._columns):
            if version == address.version:
                for value in self._columns[version, length].find(number >> bits - length):
                    yield ip_network((address, length), strict=False), value


def _keys(length: int) -> MutableSequence[int]:
    """Return room for numbers of so many bits."""
    if length <= 32:
        return array("I")
    return array("Q") if length <= 64 else []
