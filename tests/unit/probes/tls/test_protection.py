# SPDX-License-Identifier: EUPL-1.2
"""Records sealed and opened under every suite that our client speaks; and what is not what the other side sealed."""

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meetlat.facts.tls_catalogue import SUITES, SUITES13
from meetlat.probes.tls.protection import ProtectionError, Sealing13, SealingMac, key_block_size, mac_size, sealings, traits

SPOKEN13 = [int(code, 16) for code in SUITES13 if traits(int(code, 16))]
SPOKEN12 = [int(code, 16) for code in SUITES if traits(int(code, 16))]
_BLOCK = bytes(range(200))


def _pair(suite, version):
    """Return both ends of one direction under fixed keys."""
    known = traits(suite)
    if version == 0x0304:
        key, iv = _BLOCK[: known.key_size], _BLOCK[-12:]
        return Sealing13(known, key, iv), Sealing13(known, key, iv)
    ours, _ = sealings(known, version, _BLOCK)
    if not known.mac:
        return ours, sealings(known, version, _BLOCK)[0]
    mac, size = mac_size(known), known.key_size
    at = 2 * mac + 2 * size
    keys = (_BLOCK[:mac], _BLOCK[2 * mac : 2 * mac + size], _BLOCK[at : at + known.block_size])
    return ours, SealingMac(known, version, keys, is_ours=False)


def _all_pairs():
    """List suites with every version that can have them."""
    yield from ((suite, 0x0304) for suite in SPOKEN13)
    for suite in SPOKEN12:
        known = traits(suite)
        old = (0x0300, 0x0301, 0x0302) if known.mac in {"md5", "sha1"} else ()
        yield from ((suite, version) for version in (*old, 0x0303))


ALL_PAIRS = sorted(_all_pairs())


@pytest.mark.parametrize("pair", ALL_PAIRS, ids=lambda pair: f"{pair[0]:04x}-{pair[1]:04x}")
def test_what_is_sealed_can_be_opened(pair):
    """Record after record, of any length; the type and content come back, and never lie open."""
    seal, open_ = _pair(*pair)
    for content in (b"hoi", b"", os.urandom(1), b"a secret that is longer than one block", bytes(16_384), b"still in step"):
        sealed = seal.seal(23, content)
        assert int.from_bytes(sealed[3:5], "big") == len(sealed) - 5
        assert len(sealed) - 5 <= 16_384 + 2_048
        assert open_.open(23, sealed[5:], sealed[:5]) == (23, content)
        assert len(content) < 3 or content not in sealed


@pytest.mark.parametrize("pair", ALL_PAIRS, ids=lambda pair: f"{pair[0]:04x}-{pair[1]:04x}")
def test_what_was_altered_does_not_open(pair):
    """One bit at the end, another type, or a record left out: each is noticed."""
    seal, open_ = _pair(*pair)
    sealed = bytearray(seal.seal(23, b"a content of a good length"))
    sealed[-1] ^= 1
    with pytest.raises(ProtectionError):
        open_.open(23, bytes(sealed[5:]), bytes(sealed[:5]))
    seal, open_ = _pair(*pair)
    seal.seal(23, b"left out")
    second = seal.seal(23, b"the second")
    with pytest.raises(ProtectionError):
        open_.open(23, second[5:], second[:5])
    if pair[1] != 0x0304:  # which has the type inside
        seal, open_ = _pair(*pair)
        sealed = seal.seal(23, b"content")
        with pytest.raises(ProtectionError):
            open_.open(22, sealed[5:], sealed[:5])


@settings(max_examples=300)
@given(st.sampled_from(ALL_PAIRS), st.binary(max_size=200), st.integers(0, 255))
def test_a_hostile_record_only_fails_to_open(pair, fragment, kind):
    """Whatever bytes come as a record, opening ends in ProtectionError."""
    _, open_ = _pair(*pair)
    with pytest.raises(ProtectionError):
        open_.open(kind, fragment, bytes((kind, 3, 3)) + len(fragment).to_bytes(2, "big"))


def test_tls13_padding():
    """RFC 8446, 5.4: zeros behind the type are padding; a record of nothing else is refused."""
    known = traits(0x1301)
    for content, expected in ((b"hoi\x17" + bytes(100), (23, b"hoi")), (b"\x15\x00", (21, b""))):
        aead = Sealing13(known, bytes(16), bytes(12))
        header = b"\x17\x03\x03" + (len(content) + 16).to_bytes(2, "big")
        sealed = aead._aead.encrypt(bytes(12), content, header)  # noqa: SLF001 - to pad, which our client never does
        assert Sealing13(known, bytes(16), bytes(12)).open(23, sealed, header) == expected
    sealed = Sealing13(known, bytes(16), bytes(12))._aead.encrypt(bytes(12), bytes(9), b"\x17\x03\x03\x00\x19")  # noqa: SLF001 - idem
    with pytest.raises(ProtectionError, match="padding"):
        Sealing13(known, bytes(16), bytes(12)).open(23, sealed, b"\x17\x03\x03\x00\x19")


UNSPOKEN = {
    "an export suite": 0x0003,
    "an older ChaCha20": 0xCC13,
    "IDEA": 0x0007,
    "no cipher at all": 0x0002,
    "no suite": 0xFFFF,
    "DES": 0x0009,
}


@pytest.mark.parametrize("case", UNSPOKEN)
def test_a_suite_that_our_client_does_not_speak(case):
    """It is not offered by the client, so it says so instead of guessing."""
    assert traits(UNSPOKEN[case]) is None


def test_tls13_has_no_key_block():
    """Who asks for one has made a mistake."""
    with pytest.raises(ValueError, match="key block"):
        sealings(traits(0x1301), 0x0304, _BLOCK)


def test_a_key_block_is_always_long_enough():
    """Every key that is cut out of it has its whole length."""
    for suite in SPOKEN12:
        known = traits(suite)
        assert key_block_size(known) >= 2 * (
            mac_size(known) + known.key_size + (known.block_size if known.mac else 12 if known.mode == "chacha" else 4)
        )
