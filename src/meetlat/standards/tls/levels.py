# SPDX-License-Identifier: EUPL-1.2
"""The levels of the NCSC-NL guidelines, read from the norm."""

from collections.abc import Mapping
from enum import IntEnum
from functools import lru_cache

from meetlat.model.norm import Norm


class Level(IntEnum):
    """What a norm calls a setting; a higher number is better."""

    INSUFFICIENT = 0
    PHASE_OUT = 1
    SUFFICIENT = 2
    GOOD = 3


def level(norm: Norm, kind: str, name: str) -> Level:
    """Return the level of a version, suite, group, hash or curve; what the norm does not name is insufficient."""
    return _table(norm, kind).get(name, Level.INSUFFICIENT)


@lru_cache(maxsize=64)
def _table(norm: Norm, kind: str) -> Mapping[str, Level]:
    """Put the three lists of a kind into one table."""
    return {name: which for which in (Level.PHASE_OUT, Level.SUFFICIENT, Level.GOOD) for name in norm.words(f"{kind}_{which.name.lower()}")}


def rsa_level(norm: Norm, bits: int) -> Level:
    """Return the level of an RSA key by its size."""
    for which in (Level.GOOD, Level.SUFFICIENT, Level.PHASE_OUT):
        least = norm.number(f"rsa_{which.name.lower()}_bits")
        if least and bits >= least:
            return which
    return Level.INSUFFICIENT
