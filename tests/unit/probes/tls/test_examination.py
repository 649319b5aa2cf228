# SPDX-License-Identifier: EUPL-1.2
"""What the tls probe finds out of a real OpenSSL is what OpenSSL says of its own configuration."""

import base64
import json
import subprocess

import pytest

from meetlat.model.evidence import Need
from meetlat.probes.tls import conversation, probe
from meetlat.probes.tls.code_points import CORE12, LEGACY12
from meetlat.probes.tls.probe import TlsProbe
from meetlat.probes.tls.trust import read_anchors
from tests.unit.probes.loopback import open_gate, serving
from tests.unit.probes.tls.hellos import read_hello
from tests.unit.probes.tls.peers import ANYTHING, choosy, openssl_suites, s_server, server_context

TLS10, TLS11, TLS12, TLS13 = "0301", "0302", "0303", "0304"
_CORE = {f"{suite:04x}" for suite in CORE12}
_OPTIONS = {TLS10: "-tls1", TLS11: "-tls1_1", TLS12: "-tls1_2"}


@pytest.fixture(autouse=True)
def _hurried(monkeypatch):
    """Wait for nothing between two tries."""
    monkeypatch.setattr(conversation, "_BACK_OFF_SECONDS", (0.0, 0.0, 0.0))
    monkeypatch.setattr(probe, "_AGAIN_AFTER_SECONDS", 0.0)


async def observed(port, *, anchors=None, thorough=False, kind="tls"):
    """Let the probe ask everything; the answer is fit for JSON."""
    gate = open_gate(per_mail_address=10_000, per_mail_address_burst=10_000)
    asking = TlsProbe(gate, anchors, kind, thorough=thorough, port=port).observe(Need(kind, "127.0.0.1", "loopback.test"))
    answer = await asking
    assert json.loads(json.dumps(answer, allow_nan=False))["connections"] == answer["connections"]
    return answer


def examined(run, *arguments, **options):
    """Ask everything of ``openssl s_server``."""

    async def work():
        with s_server(*arguments) as server:
            return await observed(server.port, **options)

    return run(work())


def accepted(answer, version, what="suite"):
    """Return what was chosen in a version."""
    return {hello[what] for hello in answer["hellos"] if hello.get("version") == version and hello["settled"]} - {""}


def refused(answer, version, what="suites"):
    """Return what was answered by no, of one kind, while the rest of the offer was such that the server takes it."""
    noes = [hello for hello in answer["hellos"] if hello["settled"] and "version" not in hello and hello["versions"].startswith(version)]
    noes = [hello for hello in noes if not all(code < "0400" for code in _fours(hello["signatures"]))]
    if what == "suites":
        noes = [hello for hello in noes if not hello["groups"] or {"001d", "0017", "0018", "001e"} <= set(_fours(hello["groups"]))]
    else:
        noes = [hello for hello in noes if set(_fours(hello["suites"])) & accepted(answer, version)]
    return {code for hello in noes for code in _fours(hello[what])}


def _fours(digits):
    """Cut into codes."""
    return [digits[at : at + 4] for at in range(0, len(digits), 4)]


def expected(version, suites, authentications):
    """Return the suites that OpenSSL itself lists for a cipher string, as far as there are certificates for them."""
    return {f"{row[0]:04x}" for row in openssl_suites(_OPTIONS[version], suites) if row[4] in authentications}


LISTS = {
    "as NCSC would have it": ("ECDHE+AESGCM:ECDHE+CHACHA20", ("rsa",)),
    "with an ECDSA certificate": ("ECDHE+AESGCM:ECDHE+AESCCM", ("p256",)),
    "with both kinds of certificate": ("ECDHE+AES:@SECLEVEL=0", ("rsa", "p384")),
    "as it was in 2012": ("AES128-SHA:DHE-RSA-AES256-SHA:CAMELLIA128-SHA:@SECLEVEL=0", ("rsa",)),
    "what nobody should have": ("aNULL:eNULL:SEED:@SECLEVEL=0", ("rsa",)),
    "one that few have": ("ARIA256-GCM-SHA384:ECDHE-ARIA128-GCM-SHA256:@SECLEVEL=0", ("rsa",)),
    "all that there is": (ANYTHING, ("rsa", "p256")),
}


@pytest.mark.parametrize("case", LISTS)
def test_every_suite_that_is_accepted_is_found(case, authority, run):
    """Asked thoroughly: per version exactly what OpenSSL lists for this configuration; and what is refused is not among it."""
    suites, kinds = LISTS[case]
    certificates = [word for kind, option in zip(kinds, ("-cert", "-dcert"), strict=False) for word in (option, authority.issue(kind))]
    answer = examined(run, *certificates, "-cipher", suites, "-no_tls1_3", thorough=True)
    authentications = {"None", *("RSA" if kind == "rsa" else "ECDSA" for kind in kinds)}
    assert (answer["stopped_by"], answer["consistent"]) == ("", True)
    for version in (TLS12, TLS11, TLS10):
        assert accepted(answer, version) == expected(version, suites, authentications), version
        assert not accepted(answer, version) & refused(answer, version)
    assert refused(answer, TLS12) | accepted(answer, TLS12) >= {f"{suite:04x}" for suite in (*CORE12, *LEGACY12)}


@pytest.mark.parametrize("suites", ["ECDHE+AESGCM", "ECDHE+AES:ECDHE+CHACHA20:@SECLEVEL=0", ANYTHING])
@pytest.mark.parametrize("kind", ["p224", "p521"])
@pytest.mark.parametrize("groups", ["X25519:P-224:P-521", "P-256:X25519"], ids=["with its curve", "with good curves only"])
@pytest.mark.parametrize("thorough", [True, False], ids=["thoroughly", "as everyone"])
def test_suites_of_a_certificate_that_is_shown_only_to_who_knows_its_curve(  # noqa: PLR0917 - a row of the table, and what it needs
    thorough, groups, kind, suites, authority, run
):
    """Beside an RSA certificate: OpenSSL passes over it for a client that does not name its curve, and so did we (testssl.sh found it)."""
    certificates = ("-cert", authority.issue("rsa"), "-dcert", authority.issue(kind))
    answer = examined(run, *certificates, "-cipher", suites, "-no_tls1_3", "-groups", groups, thorough=thorough)
    assert answer["stopped_by"] == ""
    assert len({chain[0] for chain in answer["chains"]}) == 2
    everything = {version: expected(version, suites, {"None", "RSA", "ECDSA"}) for version in (TLS12, TLS11, TLS10)}
    if thorough:
        assert {version: accepted(answer, version) for version in everything} == everything
    assert accepted(answer, TLS12) - _CORE == everything[TLS12] - _CORE


@pytest.mark.parametrize("case", ["as NCSC would have it", "as it was in 2012", "what nobody should have", "all that there is"])
def test_what_lies_outside_the_core_is_found_without_being_thorough(case, authority, run):
    """In the measurement of everyone: what no norm calls good is found to the last, or the limit is told."""
    suites, _ = LISTS[case]
    answer = examined(run, "-cert", authority.issue("rsa"), "-cipher", suites)
    assert answer["stopped_by"] == ""
    assert accepted(answer, TLS12) - _CORE == expected(TLS12, suites, {"None", "RSA"}) - _CORE
    lower = accepted(answer, TLS11) | accepted(answer, TLS10)
    assert lower <= expected(TLS11, suites, {"None", "RSA"})


VERSIONS = {
    "TLS 1.3 only": ("-tls1_3", {TLS13}),
    "TLS 1.2 only": ("-tls1_2", {TLS12}),
    "TLS 1.1 only": ("-tls1_1", {TLS11}),
    "TLS 1.0 only": ("-tls1", {TLS10}),
    "TLS 1.0 and 1.2, by mistake": (("-no_tls1_1", "-no_tls1_3"), {TLS10, TLS12}),
    "all": ((), {TLS10, TLS11, TLS12, TLS13}),
    "all but TLS 1.2": ("-no_tls1_2", {TLS10, TLS11, TLS13}),
}


@pytest.mark.parametrize("case", VERSIONS)
def test_every_version_is_found(case, authority, run):
    """Exactly those that the server was told to speak."""
    options, versions = VERSIONS[case]
    options = (options,) if isinstance(options, str) else options
    answer = examined(run, "-cert", authority.issue("rsa"), "-cipher", "ALL:@SECLEVEL=0", *options)
    assert {hello["version"] for hello in answer["hellos"] if "version" in hello} == versions
    assert answer["handshake"]["version"] == max(versions)
    assert (answer["handshake"]["completed"], answer["handshake"]["proved"]) == (True, True if max(versions) >= TLS12 else None)
    assert answer["stopped_by"] == ""


GROUPS = {
    "one": ("X25519", {"001d"}, {"001d"}),
    "good ones": ("X25519:P-256:P-384:X448", {"001d", "0017", "0018", "001e"}, {"001d", "0017", "0018", "001e"}),
    "one that is not good": ("P-256:P-521", {"0017", "0019"}, {"0017", "0019"}),
    "odd ones": ("P-256:P-224:secp256k1:brainpoolP256r1", {"0017", "0015", "0016", "001a"}, {"0017"}),
    "very old ones": ("sect283k1:sect163k1:secp160k1:P-192:P-256", {"0009", "0001", "000f", "0013", "0017"}, {"0017"}),
    "finite fields in TLS 1.3": ("P-256:ffdhe2048:ffdhe4096", {"0017"}, {"0017", "0100", "0102"}),
}


@pytest.mark.parametrize("case", GROUPS)
def test_every_group_is_found(case, authority, run):
    """Exactly those that the server was configured with, in TLS 1.2 and in TLS 1.3."""
    groups, in12, in13 = GROUPS[case]
    answer = examined(run, "-cert", authority.issue("rsa"), "-groups", groups, "-cipher", "ECDHE:@SECLEVEL=0", thorough=True)
    assert accepted(answer, TLS12, "group") == in12
    assert accepted(answer, TLS13, "group") == in13
    for version, taken in ((TLS12, in12), (TLS13, in13)):
        assert refused(answer, version, "groups")
        assert not refused(answer, version, "groups") & taken


SIGNATURES = {
    "SHA-1 too": ("RSA+SHA1:RSA+SHA256", {"0201"}),
    "SHA-224 and SHA-1": ("RSA+SHA224:RSA+SHA1:RSA+SHA256", {"0301", "0201"}),
    "only good ones": ("RSA+SHA256:RSA-PSS+SHA256:RSA+SHA512", set()),
}


@pytest.mark.parametrize("case", SIGNATURES)
def test_weak_hashes_are_found(case, authority, run):
    """Whether the server signs with MD5, SHA-1 or SHA-224 for who knows no better, one after another."""
    signatures, weak = SIGNATURES[case]
    answer = examined(run, "-cert", authority.issue("rsa"), "-tls1_2", "-sigalgs", signatures, "-cipher", "ECDHE:@SECLEVEL=0")
    assert accepted(answer, TLS12, "signature") & {"0101", "0201", "0301"} == weak


def test_weak_hashes_of_an_ecdsa_key(authority, run):
    """The same of a server with another kind of key."""
    answer = examined(
        run, "-cert", authority.issue("p256"), "-tls1_2", "-sigalgs", "ECDSA+SHA1:ECDSA+SHA256", "-cipher", "ECDHE:@SECLEVEL=0"
    )
    assert accepted(answer, TLS12, "signature") & {"0103", "0203", "0303"} == {"0203"}


@pytest.mark.parametrize(
    ("group", "bits", "name"), [("ffdhe2048", 2048, "ffdhe2048"), ("ffdhe3072", 3072, "ffdhe3072"), ("modp_1536", 1536, "")]
)
def test_the_group_of_dhe(  # noqa: PLR0917 - idem
    group, bits, name, authority, run, tmp_path
):
    """How many bits the prime has, and its name when it has one."""
    path = tmp_path / "dh.pem"
    subprocess.run(["openssl", "genpkey", "-genparam", "-algorithm", "DH", "-pkeyopt", f"group:{group}", "-out", path], check=True)
    answer = examined(run, "-cert", authority.issue("rsa"), "-tls1_2", "-dhparam", path, "-cipher", "DHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0")
    told = [(hello["dh_bits"], hello["dh_known"]) for hello in answer["hellos"] if hello.get("suite") == "009e"]
    assert set(told) == {(bits, name)}


def test_early_data(authority, run):
    """How much the ticket allows; nothing of it when there is no ticket."""
    certificate = ("-cert", authority.issue("rsa"))
    assert examined(run, *certificate, "-early_data", "-max_early_data", 100)["handshake"]["max_early_data"] == 100
    assert examined(run, *certificate)["handshake"]["max_early_data"] == 0
    assert examined(run, *certificate, "-num_tickets", 0)["handshake"]["max_early_data"] is None
    assert examined(run, *certificate, "-tls1_2")["handshake"]["max_early_data"] is None


@pytest.mark.parametrize(("options", "count"), [(("-client_renegotiation",), 11), ((), 0), (("-tls1_3",), None)])
def test_how_often_a_client_may_negotiate_again(options, count, authority, run):
    """Eleven is without limit; none at all in TLS 1.3."""
    assert examined(run, "-cert", authority.issue("rsa"), *options)["client_renegotiations"] == count


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
def test_the_staple(version, authority, run, tmp_path):
    """The OCSP response is kept as it was sent, in either version."""
    staple = authority.staple("rsa", tmp_path / "staple.der")
    certificate = ("-cert", authority.issue("rsa"), version)
    assert base64.b64decode(examined(run, *certificate, "-status_file", staple)["staple"]) == staple.read_bytes()
    assert examined(run, *certificate)["staple"] == ""


def test_chains_and_trust(authority, run):
    """Each chain as sent, first what a client of today gets, and whether a path leads to our roots."""
    arguments = ("-cert", authority.issue("rsa"), "-cert_chain", authority.middle_file, "-dcert", authority.issue("p256"))
    answer = examined(run, *arguments, "-cipher", "ALL:@SECLEVEL=0", anchors=read_anchors(authority.bundle))
    leaves = {base64.b64decode(chain[0]) for chain in answer["chains"]}
    assert leaves == {authority.leaf("rsa"), authority.leaf("p256")}
    told = dict(zip((len(chain) for chain in answer["chains"]), answer["trust"], strict=True))
    assert told[2]["trusted"] is True
    assert (told[1]["trusted"], told[1]["reason"]) == (False, "unknown-issuer")


def test_a_compliant_server_costs_few_connections(authority, run):
    """NCSC's good and sufficient, and no more: sixteen connections at most, and everything is known."""
    answer = examined(
        run,
        *("-cert", authority.issue("p256"), "-min_protocol", "TLSv1.2", "-groups", "X25519:P-256:P-384"),
        *("-cipher", "ECDHE+AESGCM:ECDHE+CHACHA20", "-sigalgs", "ECDSA+SHA256:ECDSA+SHA384"),
    )
    assert answer["connections"] <= 16
    assert (answer["stopped_by"], answer["left_out"], answer["client_renegotiations"]) == ("", [], 0)


def _old_context(authority):
    """A server of long ago, with a few suites."""
    context = server_context(authority.issue("rsa"), suites="AES128-SHA:AES256-SHA:ECDHE-RSA-AES128-SHA:CAMELLIA256-SHA:@SECLEVEL=0")
    context.maximum_version = 0x0303
    return context


FOUND = {"002f", "0035", "c013", "0084"}

CHOKES = {
    "more than 40 suites": lambda hello: len(hello.suites) > 40,
    "more than 64 suites": lambda hello: len(hello.suites) > 64,
    "hellos of more than 255 octets": lambda hello: hello.length > 255,
    "status_request": lambda hello: 5 in hello.extensions,
    "session tickets": lambda hello: 35 in hello.extensions,
    "all extensions": lambda hello: bool(hello.extensions.keys() - {0}),
    "TLS 1.3": lambda hello: 0x0304 in hello.versions,
}


@pytest.mark.parametrize("answer", [b"", b"\x15\x03\x03\x00\x02\x02\x50"], ids=["closing", "internal_error"])
@pytest.mark.parametrize("case", CHOKES)
def test_a_server_that_cannot_stand_a_hello(case, answer, authority, run):
    """What it chokes on is found and left out or made shorter, and then the same is found as of its brother that chokes on nothing."""
    chokes = CHOKES[case]

    async def work():
        script = choosy(_old_context(authority), lambda hello: answer if hello[0] == 0x16 and chokes(read_hello(hello)) else None)
        async with serving(script) as server:
            return await observed(server.port)

    told = run(work())
    found = accepted(told, TLS12)
    assert told["stopped_by"] == ""
    # OpenSSL takes no curve from who does not say which curves it knows.
    assert found == (FOUND if case != "all extensions" else FOUND - {"c013"})
    assert not refused(told, TLS12) & found
    assert told["handshake"]["completed"] is (case != "all extensions")  # for which no client of today has a hello


def test_mail(authority, run):
    """Behind STARTTLS the same questions get the same answers, one connection at a time."""

    async def script(visit):
        await visit.say(b"220 mx\r\n")
        await visit.hear_line()
        await visit.say(b"250-mx\r\n250 STARTTLS\r\n")
        await visit.hear_line()
        await visit.say(b"220 go\r\n")
        await choosy(_old_context(authority), lambda _hello: None)(visit)

    async def work():
        async with serving(script) as server:
            return await observed(server.port, kind="tls_smtp"), server.open_at_most

    told, at_once = run(work())
    assert accepted(told, TLS12) == FOUND
    assert (told["stopped_by"], told["handshake"]["alpn"], at_once) == ("", "", 1)
