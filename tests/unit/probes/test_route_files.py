# SPDX-License-Identifier: EUPL-1.2
"""What is read from the files of validators and of route collectors, and which files are refused."""

import gzip
import json
import lzma
import os
from datetime import UTC, datetime
from ipaddress import ip_address, ip_network
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meetlat.probes.network import NetworkError
from meetlat.probes.route_files import NO_ORIGIN, blocks, read_routes, read_vrps

# As rpki-client writes it (numbers, a build time in text), and as Routinator does (AS before the number, seconds).
OF_RPKI_CLIENT = {
    "metadata": {"buildmachine": "lab", "buildtime": "2026-06-01T08:00:00Z"},
    "roas": [
        {"asn": 64500, "prefix": "203.0.113.0/24", "maxLength": 24, "ta": "lab", "expires": 1790000000},
        {"asn": 64501, "prefix": "2001:db8::/32", "maxLength": 48, "ta": "lab", "expires": 1790000000},
    ],
    "bgpsec_keys": [{"asn": 64500, "ski": "ab", "pubkey": "cd", "ta": "lab", "expires": 1790000000}],
}
OF_ROUTINATOR = {
    "metadata": {"generated": 1780300800, "generatedTime": "2026-06-01T08:00:00Z"},
    "roas": [
        {"asn": "AS64500", "prefix": "203.0.113.0/24", "maxLength": 24, "ta": "lab"},
        {"asn": "AS64501", "prefix": "2001:db8::/32", "maxLength": 48, "ta": "lab"},
    ],
}
DUMP = """\
% This is a dump of RISwhois
% origin\tprefix\tpeers

64500\t203.0.113.0/24\t350
64501\t203.0.0.0/16\t10
64502\t203.0.113.0/25\t9
{64503,64504}\t203.0.113.0/24\t20
64505\t0.0.0.0/0\t350
"""
DUMP_6 = "64501\t2001:db8::/32\t300\r\n"


def covering(table, address):
    """Return what covers an address, as text."""
    return [(str(prefix), value) for prefix, value in table.covering(ip_address(address))]


def written(folder, content, name="file"):
    """Write a file."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize("of", [OF_RPKI_CLIENT, OF_ROUTINATOR], ids=["rpki-client", "Routinator"])
def test_vrps_of_both_validators(of, tmp_path):
    """The VRPs, and the moment at which the validator was ready."""
    file = read_vrps(written(tmp_path, json.dumps(of)))
    assert covering(file.table, "203.0.113.9") == [("203.0.113.0/24", 64500 << 8 | 24)]
    assert covering(file.table, "2001:db8:1::1") == [("2001:db8::/32", 64501 << 8 | 48)]
    assert file.at == datetime(2026, 6, 1, 8, tzinfo=UTC)
    assert file.name.startswith("file (sha256 ")


@pytest.mark.parametrize(("suffix", "pack"), [(".gz", gzip.compress), (".xz", lzma.compress)])
def test_packed_files(suffix, pack, tmp_path):
    """Both kinds are unpacked by their name."""
    vrps = read_vrps(written(tmp_path, pack(json.dumps(OF_ROUTINATOR).encode()), f"vrps.json{suffix}"))
    routes = read_routes([written(tmp_path, pack(DUMP.encode()), f"dump{suffix}")])
    assert len(vrps.table) == 2
    assert len(routes.table) == 3


def test_vrps_without_a_moment_are_as_old_as_their_file(tmp_path):
    """A file without metadata is of when it was written."""
    path = written(tmp_path, json.dumps({"roas": OF_ROUTINATOR["roas"]}))
    os.utime(path, (1780000000, 1780000000))
    assert read_vrps(path).at == datetime.fromtimestamp(1780000000, UTC)


REFUSED_VRPS = {
    "no JSON": ("{", "Expecting property name"),
    "not UTF-8": (b"\xff", "codec can't decode"),
    "a list": ("[]", "there is no list of roas in it"),
    "no roas": ("{}", "there is no list of roas in it"),
    "not one": ('{"roas": []}', "there is not one VRP in it"),
    "no maximum length": ('{"roas": [{"asn": 1, "prefix": "192.0.2.0/24"}]}', "maxLength"),
    "a maximum length below the prefix": ('{"roas": [{"asn": 1, "prefix": "192.0.2.0/24", "maxLength": 23}]}', "maxLength 23"),
    "a maximum length that no address has": ('{"roas": [{"asn": 1, "prefix": "192.0.2.0/24", "maxLength": 33}]}', "maxLength 33"),
    "no address": ('{"roas": [{"asn": 1, "prefix": "192.0.2.256/24", "maxLength": 24}]}', "192.0.2.256 is no address"),
    "no prefix": ('{"roas": [{"asn": 1, "prefix": "192.0.2.0/33", "maxLength": 33}]}', "192.0.2.0/33 is no prefix"),
    "no AS number": ('{"roas": [{"asn": "AS4294967296", "prefix": "192.0.2.0/24", "maxLength": 24}]}', "AS4294967296 is no AS number"),
    "no moment": ('{"metadata": {"buildtime": "yesterday"}, "roas": [{"asn": 1, "prefix": "192.0.2.0/24", "maxLength": 24}]}', "yesterday"),
    "deeper than anybody reads": ('{"roas": ' + "[" * 100_000, "recursion"),
}


@pytest.mark.parametrize("case", REFUSED_VRPS)
def test_vrps_that_are_refused(case, tmp_path):
    """One sentence names the file and what is wrong with it."""
    content, told = REFUSED_VRPS[case]
    path = written(tmp_path, content)
    with pytest.raises(NetworkError, match=r"^the VRP file .*file cannot be used: ") as caught:
        read_vrps(path)
    assert told in str(caught.value)


def test_a_dump(tmp_path):
    """Every origin of a prefix that ten peers see; a set of networks has no origin, and a default route is no announcement."""
    file = read_routes([written(tmp_path, DUMP), written(tmp_path, DUMP_6, "six")])
    assert covering(file.table, "203.0.113.9") == [("203.0.0.0/16", 64501), ("203.0.113.0/24", 64500), ("203.0.113.0/24", NO_ORIGIN)]
    assert covering(file.table, "198.51.100.1") == []
    assert covering(file.table, "2001:db8::25") == [("2001:db8::/32", 64501)]
    assert file.is_exact


def test_the_oldest_of_several_dumps_counts(tmp_path):
    """Routes are as old as the oldest file."""
    paths = [written(tmp_path, DUMP), written(tmp_path, DUMP_6, "six")]
    for path, seconds in zip(paths, (1780000000, 1700000000), strict=True):
        os.utime(path, (seconds, seconds))
    assert read_routes(paths).at == datetime.fromtimestamp(1700000000, UTC)


def test_ranges(tmp_path):
    """Ranges of addresses are cut into prefixes, which need not be those that are announced; AS 0 means that nobody uses them."""
    ranges = '198.51.100.0,198.51.100.191,64500,"Een, twee"\n198.51.100.192,198.51.100.255,0,\n2001:db8::,2001:db8::ffff,64501,x\n'
    file = read_routes([written(tmp_path, ranges, "ranges.csv")])
    assert covering(file.table, "198.51.100.1") == [("198.51.100.0/25", 64500)]
    assert covering(file.table, "198.51.100.130") == [("198.51.100.128/26", 64500)]
    assert covering(file.table, "198.51.100.200") == []
    assert covering(file.table, "2001:db8::1") == [("2001:db8::/112", 64501)]
    assert not file.is_exact


def test_a_dump_beside_ranges_is_not_exact(tmp_path):
    """As soon as one file holds ranges, no prefix can be trusted to be announced as it stands."""
    ranges = written(tmp_path, "2001:db8::,2001:db8::ffff,64501,x\n", "ranges.csv")
    assert not read_routes([written(tmp_path, DUMP), ranges]).is_exact


REFUSED_ROUTES = {
    "empty": ("", "there is not one route in it"),
    "comments only": ("% nothing\n# here\n", "there is not one route in it"),
    "only what few see": ("64500\t203.0.113.0/24\t9\n", "there is not one route in it"),
    "no number of peers": ("64500\t203.0.113.0/24\n", "is not an origin, a prefix and a number of peers"),
    "no origin": ("\t203.0.113.0/24\t90\n", "is not an origin, a prefix and a number of peers"),
    "a word for an origin": ("AS\t203.0.113.0/24\t90\n", "is not an origin, a prefix and a number of peers"),
    "no prefix": ("64500\t203.0.113.0\t90\n", "is not an origin, a prefix and a number of peers"),
    "ranges with a header": ("first,last,asn\n", "is not a first and a last address and an AS number"),
    "a range of two families": ("198.51.100.0,2001:db8::,1\n", "is not a first and a last address and an AS number"),
    "a range backwards": ("198.51.100.9,198.51.100.0,1\n", "there is not one route in it"),
    "one endless line": (b"x" * 2_000_000, "a line or the whole is too long"),
    "a quote that never closes": ('198.51.100.0,198.51.100.9,1,"x\n198.51.100.10,198.51.100.19,2,y\n', "unexpected end of data"),
    "an endless cell": ('198.51.100.0,198.51.100.9,1,"' + "x\n" * 200_000, "field larger than field limit"),
}


@pytest.mark.parametrize("case", REFUSED_ROUTES)
def test_routes_that_are_refused(case, tmp_path):
    """One sentence names the file and what is wrong with it."""
    content, told = REFUSED_ROUTES[case]
    with pytest.raises(NetworkError, match=r"^the routes file .*file cannot be used: ") as caught:
        read_routes([written(tmp_path, content)])
    assert told in str(caught.value)


@pytest.mark.parametrize("read", [read_vrps, lambda path: read_routes([path])], ids=["vrps", "routes"])
@pytest.mark.parametrize(("name", "content"), [("a.gz", b"no gzip"), ("a.xz", b"no xz"), ("a.gz", gzip.compress(b"64500\t", mtime=0)[:-9])])
def test_packing_that_is_broken(name, content, read, tmp_path):
    """What cannot be unpacked is refused in the same way."""
    with pytest.raises(NetworkError, match="cannot be used"):
        read(written(tmp_path, content, name))


def test_a_file_that_is_not_there(tmp_path):
    """As every other that cannot be used."""
    with pytest.raises(NetworkError, match="No such file"):
        read_routes([tmp_path / "gone"])
    with pytest.raises(NetworkError, match="No such file"):
        read_vrps(tmp_path / "gone")


@settings(max_examples=300, deadline=None)
@given(
    st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.sampled_from([DUMP, "198.51.100.0,198.51.100.9,1,", ""]),
)
def test_random_files_are_never_a_crash(tmp_path_factory, noise, before):
    """Whatever a file holds, it is read or refused in one sentence, and nothing covers an address that is not inside it."""
    path = written(tmp_path_factory.getbasetemp(), before.encode() + noise, "noise")
    for read in (read_vrps, lambda one: read_routes([one])):
        try:
            table = read(path).table
        except NetworkError:
            continue
        for address in map(ip_address, ("203.0.113.9", "::1", "255.255.255.255")):
            assert all(address in prefix for prefix, _ in table.covering(address))


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1))
def test_blocks_are_the_range(one, other):
    """The prefixes of a range hold each of its addresses once, and no other."""
    first, last = sorted((one, other))
    found = [ip_network((network, length)) for network, length in blocks(first, last, 4)]
    assert sum(network.num_addresses for network in found) == last - first + 1
    assert (int(found[0][0]), int(found[-1][-1])) == (first, last)
    assert all(int(before[-1]) + 1 == int(after[0]) for before, after in pairwise(found))


def test_blocks_of_everything():
    """A whole family is one prefix."""
    assert list(blocks(0, 2**32 - 1, 4)) == [(0, 0)]
    assert list(blocks(0, 2**128 - 1, 6)) == [(0, 0)]
