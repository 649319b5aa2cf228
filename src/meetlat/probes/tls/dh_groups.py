# SPDX-License-Identifier: EUPL-1.2
"""The finite-field groups of RFC 7919, recognised by their primes."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

# RFC 7919, appendix A: p = 2^b - 2^(b-64) + (floor(2^(b-130) e) + X) 2^64 - 1, where e is the base of the natural logarithm.
_TERMS = {2048: 560316, 3072: 2625351, 4096: 5736041, 6144: 15705020, 8192: 10965728}
_GUARD_BITS = 128


def known_group(prime: bytes, generator: bytes) -> str:
    """Return the name ("ffdhe2048") of a group of RFC 7919, or an empty text."""
    if int.from_bytes(generator, "big") != 2:
        return ""
    return _primes().get(int.from_bytes(prime, "big"), "")


@cache
def _primes() -> Mapping[int, str]:
    """Work the primes out; takes a few milliseconds, once."""
    return MappingProxyType({_prime(bits, term): f"ffdhe{bits}" for bits, term in _TERMS.items()})


def _prime(bits: int, term: int) -> int:
    """Work out one prime."""
    return (1 << bits) - (1 << (bits - 64)) + ((_euler(bits - 130) + term) << 64) - 1


def _euler(bits: int) -> int:
    """Return floor(2^bits e), as the sum of 1/n!."""
    scale = bits + _GUARD_BITS
    total = term = 1 << scale
    divisor = 1
    while term:
        term //= divisor
        total += term
        divisor += 1
    return total >> _GUARD_BITS
