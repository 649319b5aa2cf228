# SPDX-License-Identifier: EUPL-1.2
"""Which code points are offered together: the classes that one hello can clear at once.

The *core* is what every norm known to us calls good or sufficient; a server that takes nothing else needs few questions. This is no
judgement: whatever lies outside the core and is accepted is found and written down one by one.
"""

import re

from meetlat.facts.tls_catalogue import CURVES, GROUPS13, SIGNATURES, SSL2_KINDS, SUITES, SUITES13

CHUNK = 60  # old servers and middleboxes choke on more than 64 suites in one hello


def _numbers(codes: str) -> tuple[int, ...]:
    """Read codes as numbers."""
    return tuple(int(code, 16) for code in codes.split())


# ChaCha20 last: servers that prefer it for clients that do would otherwise seem to prefer it always.
CORE12 = _numbers("c02c c02b c030 c02f c0ad c0ac cca9 cca8")
CORE13 = _numbers("1302 1301 1304 1303")
CORE_CURVES = _numbers("001d 0017 0018 001e")
CORE_GROUPS13 = _numbers("001d 0017 0018 001e")

# Worst first, so that the order of what a server chooses from a class also tells whether it has a preference of its own.
_WORST_FIRST = tuple(
    re.compile(kind)
    for kind in (
        "NULL",
        "anon",
        "EXPORT",
        "RC2",
        "RC4",
        "DES40",
        "_DES_CBC",
        "IDEA",
        "3DES",
        "^TLS_RSA_",
        "^TLS_DH_",
        "^TLS_ECDH_",
        "_SHA$",
        "CBC",
    )
)


def _rank(code: str) -> tuple[int, bool, str]:
    """Order suites: by what is worst in them, ChaCha20 last."""
    name = SUITES[code]
    place = next((number for number, kind in enumerate(_WORST_FIRST) if kind.search(name)), len(_WORST_FIRST))
    return place, "CHACHA" in name, name


LEGACY12 = tuple(number for code in sorted(SUITES, key=_rank) if (number := int(code, 16)) not in CORE12)
# Dealt out evenly, so that each chunk has something of every kind: a server that has no suite in common with a hello may close on us.
_CHUNKS = -(-len(LEGACY12) // CHUNK)
LEGACY12_CHUNKS = tuple(LEGACY12[start::_CHUNKS] for start in range(_CHUNKS))
# What TLS 1.1 and lower can use (no AEAD, no SHA-2), and of that the kinds that servers of that age are known to have.
_OLD_KIND = re.compile("^TLS_(RSA_WITH|RSA_EXPORT|DHE_RSA_WITH|DHE_DSS_WITH|DH_anon|ECDHE_).*_(SHA|MD5)$")
OLD = tuple(code for code in LEGACY12 if SUITES[f"{code:04x}"].endswith(("_SHA", "_MD5")))
OLD_FIRST = tuple(code for code in OLD if _OLD_KIND.search(SUITES[f"{code:04x}"]))
OTHER13 = tuple(int(code, 16) for code in SUITES13 if int(code, 16) not in CORE13)
OTHER_CURVES = tuple(int(code, 16) for code in CURVES if int(code, 16) not in CORE_CURVES)
OTHER_GROUPS13 = tuple(int(code, 16) for code in GROUPS13 if int(code, 16) not in CORE_GROUPS13)
SSL2 = tuple(int(code, 16) for code in SSL2_KINDS)

WEAK_SIGNATURES = _numbers("0101 0103 0201 0203 0202 0102 0301 0303 0302")  # MD5, SHA-1, SHA-224
STRONG_SIGNATURES = tuple(int(code, 16) for code in SIGNATURES if int(code, 16) not in WEAK_SIGNATURES)
SIGNATURES_OFFERED = (*STRONG_SIGNATURES, *WEAK_SIGNATURES)
PLAIN_SIGNATURES = _numbers("0401 0403 0501 0503 0601 0603 0201 0203")  # for servers that die of anything newer


def is_over_curve(suite: int) -> bool:
    """Whether a suite up to TLS 1.2 exchanges fresh keys over a curve."""
    return name_of(suite).startswith(("TLS_ECDHE_", "TLS_ECDH_anon"))


def is_signed(suite: int) -> bool:
    """Whether a suite up to TLS 1.2 has a signed key exchange."""
    return name_of(suite).startswith(("TLS_ECDHE_", "TLS_DHE_"))


def name_of(suite: int) -> str:
    """Return the name of a suite up to TLS 1.2, or an empty text."""
    return SUITES.get(f"{suite:04x}", "")


_FORWARD_SECRET = re.compile("^TLS_(ECDHE_ECDSA|ECDHE_RSA|DHE_RSA)_WITH_(AES|CAMELLIA|ARIA|CHACHA20)(?!.*(CCM_8|_OLD)$)")
_TOLERATED_ONCE = re.compile("^TLS_(RSA_WITH_AES|(ECDHE_ECDSA|ECDHE_RSA|DHE_RSA|RSA)_WITH_3DES)(?!.*CCM_8$)")


def grade(suite: int) -> int | None:
    """Return where a suite stands among those that some norm ever let be chosen: 0 the core, 1 forward secret, 2 the rest; else None.

    Only for deciding when enough was asked about the preference of a server. What is good is for the norm to say.
    """
    if suite in CORE12:
        return 0
    name = name_of(suite)
    return 1 if _FORWARD_SECRET.search(name) else 2 if _TOLERATED_ONCE.search(name) else None
