# SPDX-License-Identifier: EUPL-1.2
"""A DMARC record as a fact, and the two ways in which RFC 7489 and RFC 9989 read it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from meetlat.facts.txt import askable
from meetlat.model.norm import Norm

# A receiver need not look at more than a few addresses; this many hosts are asked for their consent.
MAX_REPORT_HOSTS = 10


class Policy(Enum):
    """What the owner asks to do with mail that fails, from weak to strong."""

    NONE = "none"
    QUARANTINE = "quarantine"
    REJECT = "reject"


class Discovery(Enum):
    """How the record is found when the name itself has none."""

    TREE_WALK = "tree-walk"  # RFC 9989, 4.10
    PUBLIC_SUFFIX_LIST = "public-suffix-list"  # RFC 7489, 6.6.3 and 3.2


@dataclass(frozen=True, slots=True)
class Reading:
    """By which rules a record is found and read; the parameters of a norm."""

    discovery: Discovery
    tags: frozenset[str]
    policy_tag_required: bool
    test_mode_lowers_policy: bool


def reading(norm: Norm) -> Reading:
    """Take from a norm how DMARC records are found and read."""
    return Reading(
        discovery=Discovery(norm.text("dmarc_discovery")),
        tags=frozenset(norm.words("dmarc_tags")),
        policy_tag_required=norm.flag("policy_tag_required"),
        test_mode_lowers_policy=norm.flag("test_mode_lowers_policy"),
    )


@dataclass(frozen=True, slots=True)
class DmarcRecord:
    """The tags after the version in their order, names in lower case; ``scraps`` are pieces that are no tag."""

    tags: tuple[tuple[str, str], ...]
    scraps: tuple[str, ...] = ()

    def value(self, name: str) -> str | None:
        """Return the value of a tag, the first when it stands there twice."""
        return next((value for tag, value in self.tags if tag == name), None)

    def word(self, name: str) -> str:
        """Return the value of a tag in lower case, for the words of the grammar know no case; empty without the tag."""
        return (self.value(name) or "").lower()

    def __str__(self) -> str:
        """Write the record; scraps are left out."""
        return "; ".join(("v=DMARC1", *(f"{tag}={value}" for tag, value in self.tags)))


_TAG = re.compile(r"([A-Za-z][A-Za-z0-9_\-]*)[ \t]*=(.*)", re.DOTALL)
_VERSION = re.compile(r"[vV][ \t]*=[ \t]*DMARC1[ \t]*")
_LOOKALIKE = re.compile(r"\bv\s*=\s*\"?dmarc", re.IGNORECASE)


def parse(text: str) -> DmarcRecord | None:
    """Parse a TXT record, or return None when it does not begin with exactly v=DMARC1 and so is ignored (RFC 9989, 4.7; RFC 7489, 6.3)."""
    first, *pieces = text.split(";")
    if not _VERSION.fullmatch(first):
        return None
    tags: list[tuple[str, str]] = []
    scraps: list[str] = []
    for piece in (piece.strip(" \t") for piece in pieces):
        if match := _TAG.fullmatch(piece):
            tags.append((match[1].lower(), match[2].strip(" \t")))
        elif piece:
            scraps.append(piece)
    return DmarcRecord(tuple(tags), tuple(scraps))


def looks_like_dmarc(text: str) -> bool:
    """Whether a TXT record that is no DMARC record was probably meant as one."""
    return parse(text) is None and _LOOKALIKE.search(text) is not None


def faults(record: DmarcRecord, by: Reading) -> tuple[str, ...]:
    """List what is wrong with a record: known tags with an illegal value or twice (RFC 6376, 3.2), and pieces that are no tag."""
    known = [(tag, value) for tag, value in record.tags if tag in by.tags]
    wrong = [f"{tag}={value}" for tag, value in known if not _is_legal(tag, value)]
    names = [tag for tag, _ in record.tags if tag in by.tags or tag == "v"]
    twice = [tag for tag in dict.fromkeys(names) if names.count(tag) > 1 or tag == "v"]
    return (*record.scraps, *wrong, *twice)


def published_policy(record: DmarcRecord, by: Reading, *, is_inherited: bool) -> Policy:
    """Return the policy that a record states for its own name or for a name below it, before test mode.

    A policy tag that cannot be read, or is not there, leaves none (RFC 9989, 4.10.1; RFC 7489, 6.6.3): with a report address the record
    counts as p=none, without one DMARC is not applied. ``np`` is for names that do not exist; those are not judged.
    """
    candidates: tuple[str, ...] = ("p", "sp", "np")
    policies = {tag: record.word(tag) for tag in candidates if tag in by.tags and record.value(tag) is not None}
    if "p" not in policies or not all(map(_is_policy, policies.values())):
        return Policy.NONE
    tag = "sp" if is_inherited and "sp" in policies else "p"
    return Policy(policies[tag])


def effective_policy(record: DmarcRecord, by: Reading, *, is_inherited: bool) -> Policy:
    """Return the policy that counts: in test mode one step lower, where the reading knows test mode (RFC 9989, 4.7)."""
    policy = published_policy(record, by, is_inherited=is_inherited)
    return _LOWERED[policy] if by.test_mode_lowers_policy and record.word("t") == "y" else policy


_LOWERED = MappingProxyType({Policy.REJECT: Policy.QUARANTINE, Policy.QUARANTINE: Policy.NONE, Policy.NONE: Policy.NONE})


def report_hosts(record: DmarcRecord) -> tuple[str, ...]:
    """Return the hosts of the e-mail addresses that reports go to, each once."""
    items = (item.strip(" \t") for tag in ("rua", "ruf") for item in (record.value(tag) or "").split(","))
    hosts = dict.fromkeys(host for item in items if (host := _mail_host(item)))
    return tuple(hosts)[:MAX_REPORT_HOSTS]


_URI = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):([!-~]+)")
_SIZE = re.compile(r"![0-9]+[kmgtKMGT]?$")  # RFC 7489, 6.2; a reporter by RFC 9990 ignores it


def _mail_host(item: str) -> str | None:
    """Return the host of a mailto address, or None when it is something else."""
    match = _URI.fullmatch(_SIZE.sub("", item))
    if match is None or match[1].lower() != "mailto":
        return None
    local, at, host = match[2].partition("?")[0].rpartition("@")
    return askable(host) if local and at and "." in host else None


def _is_report_address(item: str) -> bool:
    """Whether one item of rua or ruf is a URI; of a mailto the address must be whole."""
    match = _URI.fullmatch(_SIZE.sub("", item))
    return match is not None and (match[1].lower() != "mailto" or _mail_host(item) is not None)


def _is_policy(value: str) -> bool:
    return value.lower() in {policy.value for policy in Policy}


def _one_of(*words: str) -> Callable[[str], bool]:
    return lambda value: value.lower() in words


def _each(separator: str, is_legal: Callable[[str], bool]) -> Callable[[str], bool]:
    return lambda value: all(is_legal(item.strip(" \t")) for item in value.split(separator))


def _number_up_to(most: int) -> Callable[[str], bool]:
    return lambda value: re.fullmatch(r"[0-9]{1,10}", value) is not None and int(value) <= most


_LEGAL: Mapping[str, Callable[[str], bool]] = MappingProxyType(
    {
        "p": _is_policy,
        "sp": _is_policy,
        "np": _is_policy,
        "adkim": _one_of("r", "s"),
        "aspf": _one_of("r", "s"),
        "t": _one_of("y", "n"),
        "psd": _one_of("y", "n", "u"),
        # RFC 9989, 4.8 lists fewer combinations than RFC 7489; what receivers have taken for ten years is no fault here.
        "fo": _each(":", _one_of("0", "1", "d", "s")),
        "rua": _each(",", _is_report_address),
        "ruf": _each(",", _is_report_address),
        "pct": _number_up_to(100),
        "ri": _number_up_to(2**32 - 1),
        "rf": _each(":", lambda word: re.fullmatch(r"[A-Za-z0-9]+(-[A-Za-z0-9]+)*", word) is not None),
    }
)


def _is_legal(tag: str, value: str) -> bool:
    """Whether a known tag has a value that its grammar allows (RFC 7489, 6.4; RFC 9989, 4.8)."""
    return _LEGAL[tag](value)
