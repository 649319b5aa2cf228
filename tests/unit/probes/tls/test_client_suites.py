# SPDX-License-Identifier: EUPL-1.2
"""Our client against OpenSSL: every version, suite, group and kind of key that both know makes a session that carries data."""

import ssl

import pytest

from meetlat.facts.tls_catalogue import suite_name
from meetlat.probes.tls.client import start
from meetlat.probes.tls.protection import traits
from meetlat.probes.tls.session import GROUPS, Manner, Wishes
from tests.unit.probes.tls.peers import ANYTHING, channel_of, channel_to, echo, openssl_suites, s_server, server_context

TLS10, TLS11, TLS12, TLS13 = 0x0301, 0x0302, 0x0303, 0x0304
KEY_OF = {"RSA": "rsa", "ECDSA": "p256", "DSS": "dsa", "None": "rsa"}
OLD = [row for row in openssl_suites("-tls1", ANYTHING) if traits(row[0])]
NEW = [row for row in openssl_suites("-tls1_2", ANYTHING) if traits(row[0])]
SUITES = [
    (*row[:2], row[4], version) for rows, versions in ((OLD, (TLS10, TLS11)), (NEW, (TLS12,))) for row in rows for version in versions
]


async def spoken(context, wishes, words=(b"hoi", b"x" * 40_000, b"!")):
    """Make a session, have everything echoed, and leave; return the session."""
    async with channel_of(echo, context) as channel:
        session = await start(channel, wishes)
        for word in words:
            await session.send(word)
            heard = b""
            while len(heard) < len(word):
                heard += (piece := await session.receive())
                assert piece
            assert heard == word
        await session.close()
        return session


def test_there_is_much_to_test():
    """OpenSSL knows most of what our client offers: this table is no empty promise."""
    assert len(NEW) > 40
    assert len(OLD) > 10


@pytest.mark.parametrize(("suite", "name", "authentication", "version"), SUITES, ids=[f"{row[1]} {row[3]:04x}" for row in SUITES])
def test_a_suite_up_to_tls12(  # noqa: PLR0917 - a row of the table, and what it needs
    suite, name, authentication, version, authority, dh_parameters, run
):
    """The suite that the server knows is agreed on, and data goes both ways; a signed key exchange is recognised as such."""
    context = server_context(authority.issue(KEY_OF[authentication]), version, f"{name}:@SECLEVEL=0")
    context.load_dh_params(dh_parameters)
    session = run(spoken(context, Wishes("loopback.test", wants_proof=True)))
    assert (session.version, session.suite) == (version, suite)
    is_signed = "DHE" in name and version == TLS12 and authentication != "DSS"
    assert session.is_proved is (True if is_signed else None)
    assert session.chain[:1] == ([] if authentication == "None" else [authority.leaf(KEY_OF[authentication])])
    facts = session.facts()
    assert facts["cipher"] == suite_name(f"{suite:04x}")
    assert (facts["certificate"] is None) is (authentication == "None")


OLD_KEYS = ("rsa", "p256", "p384")  # what is so old that it needs the plain hello has no others
KEYS = [(kind, Manner.FULL) for kind in (*OLD_KEYS, "p521", "ed25519", "ed448")] + [(kind, Manner.PLAIN) for kind in OLD_KEYS]


@pytest.mark.parametrize(("kind", "manner"), KEYS)
@pytest.mark.parametrize("version", [TLS12, TLS13])
def test_a_kind_of_key(version, kind, manner, authority, run):
    """Every kind of certificate is taken, and the server proves that it has the key; the chain is kept as sent."""
    session = run(spoken(server_context(authority.issue(kind), version), Wishes("loopback.test", manner=manner, wants_proof=True)))
    assert (session.version, session.is_proved) == (version, True)
    assert [len(session.chain), session.chain[0]] == [2, authority.leaf(kind)]


@pytest.mark.parametrize("version", [TLS10, TLS11, TLS12, TLS13])
def test_a_version_alone(version, authority, run):
    """Who wants only one version gets it; without wanting proof, none is claimed."""
    session = run(spoken(server_context(authority.issue("rsa")), Wishes("loopback.test", versions=(version,))))
    assert (session.version, session.is_proved) == (version, None)


SUITES13 = {
    "TLS_AES_128_GCM_SHA256": 0x1301,
    "TLS_AES_256_GCM_SHA384": 0x1302,
    "TLS_CHACHA20_POLY1305_SHA256": 0x1303,
    "TLS_AES_128_CCM_SHA256": 0x1304,
    "TLS_AES_128_CCM_8_SHA256": 0x1305,
}
CURVES = {"X25519": 0x1D, "prime256v1": 0x17, "secp384r1": 0x18, "X448": 0x1E, "secp521r1": 0x19}
CURVES12 = {**CURVES, "brainpoolP256r1": 0x1A, "brainpoolP384r1": 0x1B, "brainpoolP512r1": 0x1C, "secp256k1": 0x16, "secp224r1": 0x15}


async def carried_by_openssl(*arguments):
    """Make a session with ``openssl s_server``, say something both ways, and leave; return the session."""
    with s_server(*arguments) as server:
        async with channel_to(server.port) as channel:
            session = await start(channel, Wishes("loopback.test", wants_proof=True))
            await session.send(b"hoi\n")
            await server.heard(b"hoi\n")
            server.say(b"ja\n")
            assert await session.receive() == b"ja\n"
            await session.close()
            return session


@pytest.mark.parametrize(("version", "curve"), [*((TLS12, curve) for curve in CURVES12), *((TLS13, curve) for curve in CURVES)])
def test_a_group_alone(version, curve, authority, run):
    """A server that knows one group gets it: by its key exchange, or by a hello retry request when it is not X25519."""
    only = "-tls1_2" if version == TLS12 else "-tls1_3"
    session = run(carried_by_openssl("-cert", authority.issue("rsa"), only, "-cipher", ANYTHING, "-groups", curve))
    assert (session.version, session.group, session.is_proved) == (version, CURVES12[curve], True)
    assert CURVES12[curve] in GROUPS


@pytest.mark.parametrize("name", SUITES13)
def test_a_suite_of_tls13(name, authority, run):
    """Each suite of TLS 1.3 that OpenSSL has is agreed on when the server has no other."""
    session = run(carried_by_openssl("-cert", authority.issue("rsa"), "-tls1_3", "-ciphersuites", name))
    assert (session.suite, session.is_proved) == (SUITES13[name], True)


def test_protocol_and_name(authority, run):
    """The server hears the name of the host and the protocols, and its choice is written down."""
    for version in (TLS12, TLS13):
        context = server_context(authority.issue("p256"), version)
        context.set_alpn_protocols(["http/1.1"])
        heard = []
        context.sni_callback = lambda _socket, name, _context, heard=heard: heard.append(name)
        session = run(spoken(context, Wishes("loopback.test", ("h2", "http/1.1"))))
        assert (heard, session.alpn) == (["loopback.test"], "http/1.1")


def test_without_a_name(authority, run):
    """A host that has no name that can be indicated is spoken to without."""
    context = server_context(authority.issue("p256"))
    heard = []
    context.sni_callback = lambda _socket, name, _context: heard.append(name)
    run(spoken(context, Wishes("")))
    assert heard == [None]


@pytest.mark.parametrize("version", [TLS10, TLS12, TLS13])
@pytest.mark.parametrize("verify", [ssl.CERT_NONE, ssl.CERT_OPTIONAL])
def test_a_certificate_of_ours_that_may_be_missing(version, verify, authority, run):
    """A server that asks for one but does not insist gets an empty answer, and a session; that it asked is written down."""
    context = server_context(authority.issue("rsa"), version)
    context.verify_mode = verify
    context.load_verify_locations(authority.bundle)
    session = run(spoken(context, Wishes("loopback.test")))
    assert session.client_certificate_asked is (verify is ssl.CERT_OPTIONAL)
