# SPDX-License-Identifier: EUPL-1.2
"""What it costs to read files of routes and to look addresses up in them, beside Python's own ipaddress and dictionaries.

Usage: bench/routes.py FILE [FILE...]: dumps of RISwhois or CSV of ranges, as for --routes. Both ways read the same files and are asked for
the same 50,000 addresses, each in a process of its own so that their memory can be told apart; they must find the same number of routes.
"""

import argparse
import csv
import gzip
import ipaddress
import lzma
import multiprocessing
import random
import resource
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src")]

from meetlat.probes.route_files import MIN_PEERS, read_routes  # noqa: E402 - found through the line above

ASKED = 50_000
Found = dict[str, float]


@dataclass(frozen=True)
class Block:
    """A prefix as ipaddress reads it, with its origin."""

    prefix: ipaddress.IPv4Network | ipaddress.IPv6Network
    origin: int


def main() -> int:
    """Run both ways and print them side by side."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("files", nargs="+", type=Path)
    files = parser.parse_args().files
    ours, theirs = _apart(with_meetlat, files), _apart(with_ipaddress, files)
    print(f"{'':34}{'Meetlat':>14}{'ipaddress':>14}{'ratio':>8}")
    for name, of in (("prefixes", "prefixes"), ("routes found", "found")):
        print(f"{name:34}{ours[of]:14,.0f}{theirs[of]:14,.0f}")
    for name, of in (("seconds to read", "read"), ("microseconds a look-up", "look_up"), ("memory, MB", "memory")):
        print(f"{name:34}{ours[of]:14.1f}{theirs[of]:14.1f}{theirs[of] / ours[of]:8.1f}")
    return 0 if ours["found"] == theirs["found"] and ours["prefixes"] == theirs["prefixes"] else 1


def with_meetlat(files: Sequence[Path]) -> Found:
    """Read and look up as Meetlat does."""
    began = time.monotonic()
    table = read_routes(files).table
    read = time.monotonic() - began
    addresses = _addresses()
    began = time.monotonic()
    found = sum(len(list(table.covering(ipaddress.ip_address(address)))) for address in addresses)
    return _figures(len(table), found, read, time.monotonic() - began)


def with_ipaddress(files: Sequence[Path]) -> Found:
    """Read with ipaddress into a dictionary per length, and look every length up."""
    began = time.monotonic()
    table: dict[tuple[int, int], dict[int, list[int]]] = {}
    for path in files:
        for block in _blocks(path):
            shift = block.prefix.max_prefixlen - block.prefix.prefixlen
            of_length = table.setdefault((block.prefix.version, shift), {})
            of_length.setdefault(int(block.prefix.network_address) >> shift, []).append(block.origin)
    read = time.monotonic() - began
    addresses = _addresses()
    began = time.monotonic()
    found = 0
    for text in addresses:
        address = ipaddress.ip_address(text)
        number = int(address)
        found += sum(len(of.get(number >> shift, ())) for (version, shift), of in table.items() if version == address.version)
    return _figures(sum(len(origins) for of in table.values() for origins in of.values()), found, read, time.monotonic() - began)


def _blocks(path: Path) -> Iterator[Block]:
    """Yield what a file says, dump or ranges."""
    opened = {".gz": gzip.open, ".xz": lzma.open}.get(path.suffix, open)
    with opened(path, "rt", encoding="latin-1") as stream:
        for row in csv.reader((line for line in stream if line.strip() and line[0] not in "%#"), delimiter=_delimiter(path, opened)):
            if "/" in row[1]:
                if int(row[2]) >= MIN_PEERS and not row[1].endswith("/0"):
                    yield Block(ipaddress.ip_network(row[1]), 1 << 32 if row[0].startswith("{") else int(row[0].removeprefix("AS")))
            elif int(row[2]):
                first, last = ipaddress.ip_address(row[0]), ipaddress.ip_address(row[1])
                yield from (Block(one, int(row[2])) for one in ipaddress.summarize_address_range(first, last))  # type: ignore[type-var]


def _delimiter(path: Path, opened: Callable[..., object]) -> str:
    """Tell a dump from ranges by its first line."""
    with opened(path, "rt", encoding="latin-1") as stream:  # type: ignore[attr-defined]
        return "\t" if any("\t" in line for line in (next(stream, "") for _ in range(30))) else ","


def _addresses() -> list[str]:
    """Return the addresses that are looked up: half of each family, the same every time."""
    chance = random.Random(20261124)  # noqa: S311 - a sample, no secret
    four = [str(ipaddress.IPv4Address(chance.getrandbits(32))) for _ in range(ASKED // 2)]
    return four + [str(ipaddress.IPv6Address(0x2A << 120 | chance.getrandbits(120))) for _ in range(ASKED // 2)]


def _figures(prefixes: int, found: int, read: float, looked_up: float) -> Found:
    """Put the figures together."""
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"prefixes": prefixes, "found": found, "read": read, "look_up": looked_up / ASKED * 1e6, "memory": memory}


def _apart(way: Callable[[Sequence[Path]], Found], files: Sequence[Path]) -> Found:
    """Run one way in a process of its own."""
    ours, theirs = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.Process(target=_told, args=(way, files, theirs))
    process.start()
    theirs.close()
    try:
        found: Found = ours.recv()
    except EOFError:
        sys.exit(f"{way.__name__} failed")
    process.join()
    return found


def _told(way: Callable[[Sequence[Path]], Found], files: Sequence[Path], to: Connection) -> None:
    """Send what one way found."""
    to.send(way(files))


if __name__ == "__main__":
    sys.exit(main())
