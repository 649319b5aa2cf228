# SPDX-License-Identifier: EUPL-1.2
"""Read files of VRPs and of routes, as validators and route collectors write them. A file that cannot be used is a NetworkError."""

import csv
import gzip
import hashlib
import io
import json
import lzma
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from socket import AF_INET, AF_INET6, inet_pton
from typing import Any, BinaryIO

from meetlat.probes.network import NetworkError
from meetlat.probes.prefix_table import PrefixTable

MIN_PEERS = 10  # a route that fewer peers of RIS see is a leak, or a fault of theirs
NO_ORIGIN = 1 << 32  # in a table of routes: the path ends in a set of networks (RFC 6811, 2)
_LARGEST = 2_000_000_000  # octets, after unpacking
_LONGEST_LINE = 10_000
_CHUNK = 1 << 20
_ORIGINS = 1 << 32
_CANNOT_BE_READ = (OSError, EOFError, zlib.error, lzma.LZMAError, csv.Error, ValueError, TypeError, KeyError, OverflowError, RecursionError)
_BITS = {4: 32, 6: 128}


@dataclass(frozen=True, slots=True)
class RoutingFile:
    """What was read from one file or more: the table, the names with a digest, and the moment of the oldest.

    In a table of routes the value is the origin; in one of VRPs the origin shifted by eight, and the maximum length. ``is_exact`` is False
    when the prefixes are not those that are announced, but ranges of addresses that one network uses.
    """

    table: PrefixTable
    name: str
    at: datetime
    is_exact: bool = True


def read_vrps(path: Path) -> RoutingFile:
    """Read the JSON of Routinator or rpki-client, plain or packed (.gz, .xz). Raises NetworkError with one sentence."""
    table = PrefixTable()
    try:
        # Each ROA goes into the table as soon as it is read: half a million dictionaries would take half a gigabyte.
        data = json.loads(_whole(path), object_hook=lambda one: _vrp(one, table))
        if not isinstance(data, dict) or not isinstance(data.get("roas"), list):
            raise TypeError("there is no list of roas in it")
        if not len(table):
            raise ValueError("there is not one VRP in it")
        at = _generated(data.get("metadata")) or _changed(path)
        table.sort()
        return RoutingFile(table, _named(path), at)
    except _CANNOT_BE_READ as error:
        raise NetworkError(f"the VRP file {path} cannot be used: {_told(error)}") from error


def read_routes(paths: Sequence[Path], min_peers: int = MIN_PEERS) -> RoutingFile:
    """Read dumps of RISwhois (origin, prefix, peers), or CSV of ranges (first, last, AS number, name), plain or packed.

    Raises NetworkError with one sentence.
    """
    table = PrefixTable()
    is_exact = True
    for path in paths:
        before = len(table)
        try:
            with _opened(path) as stream:
                is_exact = _read_routes(stream, table, min_peers) and is_exact
            if len(table) == before:
                raise ValueError("there is not one route in it")
        except _CANNOT_BE_READ as error:
            raise NetworkError(f"the routes file {path} cannot be used: {_told(error)}") from error
    table.sort()
    return RoutingFile(table, ", ".join(map(_named, paths)), min(map(_changed, paths)), is_exact)


def _vrp(one: Mapping[str, Any], table: PrefixTable) -> Mapping[str, Any] | None:
    """Put a ROA into the table, and leave every other object as it is."""
    if "prefix" not in one or "asn" not in one:
        return one
    version, network, length = prefix_of(str(one["prefix"]))
    longest = one["maxLength"]
    if not isinstance(longest, int) or not length <= longest <= _BITS[version]:
        raise ValueError(f"{one['prefix']} with maxLength {longest}")
    table.add(version, network, length, origin_of(str(one["asn"])) << 8 | longest)
    return None


def origin_of(text: str) -> int:
    """Read an AS number, with AS before it or not. Raises ValueError."""
    number = int(text.removeprefix("AS"))
    if not 0 <= number < _ORIGINS:
        raise ValueError(f"{text} is no AS number")
    return number


def prefix_of(text: str) -> tuple[int, int, int]:
    """Read a prefix as version, network and length; ``ipaddress`` takes ten times as long. Raises ValueError."""
    address, _, length = text.partition("/")
    version = 6 if ":" in address else 4
    number = int(length)
    if not 0 <= number <= _BITS[version]:
        raise ValueError(f"{text} is no prefix")
    return version, _number(address, version), number


def _number(address: str, version: int) -> int:
    """Read an address as a number. Raises ValueError."""
    try:
        return int.from_bytes(inet_pton(AF_INET6 if version == 6 else AF_INET, address), "big")
    except OSError as error:
        raise ValueError(f"{address} is no address") from error


def _read_routes(stream: BinaryIO, table: PrefixTable, min_peers: int) -> bool:
    """Read one file into the table, and tell whether its prefixes are announced as they stand there."""
    lines = _lines(stream)
    first = next(lines, "")
    if not first:
        return True
    every = _again(first, lines)
    if "\t" in first:
        _read_dump(every, table, min_peers)
        return True
    _read_ranges(every, table)
    return False


def _again(first: str, rest: Iterator[str]) -> Iterator[str]:
    """Put a line back before the others."""
    yield first
    yield from rest


def _lines(stream: BinaryIO) -> Iterator[str]:
    """Yield each line that says something, bounded; by the megabyte, for line by line takes twice as long."""
    read, rest = 0, ""
    while chunk := stream.read(_CHUNK):
        read += len(chunk)
        *lines, rest = (rest + chunk.decode("latin-1")).split("\n")  # what counts is ASCII
        if len(rest) > _LONGEST_LINE or read > _LARGEST:
            raise ValueError("a line or the whole is too long")
        yield from (line for line in lines if line and line[0] not in "%#\r")
    if rest and rest[0] not in "%#\r":
        yield rest


def _read_dump(lines: Iterable[str], table: PrefixTable, min_peers: int) -> None:
    """Read the dump of RISwhois; a default route is no announcement."""
    for line in lines:
        try:
            told, prefix, peers = line.split("\t")
            version, network, length = prefix_of(prefix)
            origin = NO_ORIGIN if told[0] == "{" else origin_of(told)
            if int(peers) >= min_peers and length:
                table.add(version, network, length, origin)
        except (ValueError, IndexError) as error:
            raise ValueError(f"{line[:80]!r} is not an origin, a prefix and a number of peers") from error


def _read_ranges(lines: Iterable[str], table: PrefixTable) -> None:
    """Read ranges of addresses; AS 0 means that nobody uses them."""
    for row in csv.reader(lines, strict=True):  # a quote that never closes would swallow the ranges behind it
        try:
            version = 6 if ":" in row[0] else 4
            first, last, origin = _number(row[0], version), _number(row[1], version), origin_of(row[2])
        except (ValueError, IndexError) as error:
            raise ValueError(f"{','.join(row)[:80]!r} is not a first and a last address and an AS number") from error
        for network, length in blocks(first, last, version) if origin else ():
            table.add(version, network, length, origin)


def blocks(first: int, last: int, version: int) -> Iterator[tuple[int, int]]:
    """Divide a range of addresses into as few prefixes as there can be: network and length of each."""
    bits = _BITS[version]
    while first <= last:
        size = min(first & -first or 1 << bits, 1 << (last - first + 1).bit_length() - 1)
        yield first, bits - size.bit_length() + 1
        first += size


def _whole(path: Path) -> str:
    """Return the text of a file, bounded."""
    with _opened(path) as stream:
        data = stream.read(_LARGEST + 1)
    if len(data) > _LARGEST:
        raise ValueError("it is too large")
    return data.decode("utf-8")


def _opened(path: Path) -> BinaryIO:
    """Open a file, unpacking what its name says is packed."""
    if path.suffix == ".gz":
        return io.BufferedReader(gzip.open(path))
    if path.suffix == ".xz":
        return io.BufferedReader(lzma.open(path))
    return path.open("rb")


def _generated(metadata: object) -> datetime | None:
    """Read when a validator wrote its file: rpki-client says so in text, Routinator in seconds."""
    if not isinstance(metadata, dict):
        return None
    told = metadata.get("buildtime") or metadata.get("generated")
    if isinstance(told, int):
        return datetime.fromtimestamp(told, UTC)
    return datetime.fromisoformat(str(told)).astimezone(UTC) if told else None


def _changed(path: Path) -> datetime:
    """Return when a file was last written, in whole seconds."""
    return datetime.fromtimestamp(int(path.stat().st_mtime), UTC)


def _named(path: Path) -> str:
    """Name a file so that it can be told from a later one."""
    with path.open("rb") as stream:
        return f"{path.name} (sha256 {hashlib.file_digest(stream, 'sha256').hexdigest()[:16]})"


def _told(error: BaseException) -> str:
    """Say in few words what is wrong."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return f"{error}" if str(error) else type(error).__name__
