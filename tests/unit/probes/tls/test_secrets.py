# SPDX-License-Identifier: EUPL-1.2
"""Key derivation, against published traces and against OpenSSL."""

import hashlib
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meetlat.probes.tls.flight import Reply, read_chain, read_server_hello
from meetlat.probes.tls.key_exchange import is_signed_by
from meetlat.probes.tls.protection import Sealing13, traits
from meetlat.probes.tls.secrets import Schedule13, finished, hkdf_expand_label, prf, ssl3_mac
from tests.unit.probes.tls.hellos import message

unhex = bytes.fromhex

# RFC 8448, 3: a simple handshake of one round trip.
CLIENT_HELLO = unhex(
    "010000c00303cb34ecb1e78163ba1c38c6dacb196a6dffa21a8d9912ec18a2ef6283024dece7000006130113031302010000910000000b00090000067365"
    "72766572ff01000100000a00140012001d0017001800190100010101020103010400230000003300260024001d002099381de560e4bd43d23d8e435a7dba"
    "feb3c06e51c13cae4d5413691e529aaf2c002b0003020304000d0020001e040305030603020308040805080604010501060102010402050206020202002d"
    "00020101001c00024001"
)
SERVER_HELLO = unhex(
    "020000560303a6af06a4121860dc5e6e60249cd34c95930c8ac5cb1434dac155772ed3e2692800130100002e00330024001d0020c9828876112095fe6676"
    "2bdbf7c672e156d6cc253b833df1dd69b1b04e751f0f002b00020304"
)
ENCRYPTED_EXTENSIONS = unhex("080000240022000a00140012001d00170018001901000101010201030104001c0002400100000000")
CERTIFICATE = unhex(
    "0b0001b9000001b50001b0308201ac30820115a003020102020102300d06092a864886f70d01010b0500300e310c300a06035504031303727361301e170d"
    "3136303733303031323335395a170d3236303733303031323335395a300e310c300a0603550403130372736130819f300d06092a864886f70d0101010500"
    "03818d0030818902818100b4bb498f8279303d980836399b36c6988c0c68de55e1bdb826d3901a2461eafd2de49a91d015abbc9a95137ace6c1af19eaa6a"
    "f98c7ced43120998e187a80ee0ccb0524b1b018c3e0b63264d449a6d38e22a5fda430846748030530ef0461c8ca9d9efbfae8ea6d1d03e2bd193eff0ab9a"
    "8002c47428a6d35a8d88d79f7f1e3f0203010001a31a301830090603551d1304023000300b0603551d0f0404030205a0300d06092a864886f70d01010b05"
    "000381810085aad2a0e5b9276b908c65f73a7267170618a54c5f8a7b337d2df7a594365417f2eae8f8a58c8f8172f9319cf36b7fd6c55b80f21a03015156"
    "726096fd335e5e67f2dbf102702e608ccae6bec1fc63a42a99be5c3eb7107c3c54e9b9eb2bd5203b1c3b84e0a8b2f759409ba3eac9d91d402dcc0cc8f896"
    "1229ac9187b42b4de10000"
)
CERTIFICATE_VERIFY = unhex(
    "0f000084080400805a747c5d88fa9bd2e55ab085a61015b7211f824cd484145ab3ff52f1fda8477b0b7abc90db78e2d33a5c141a078653fa6bef780c5ea2"
    "48eeaaa785c4f394cab6d30bbe8d4859ee511f602957b15411ac027671459e46445c9ea58c181e818e95b8c3fb0bf3278409d3be152a3da5043e063dda65"
    "cdf5aea20d53dfacd42f74f3"
)
SERVER_VERIFY = unhex("9b9b141d906337fbd2cbdce71df4deda4ab42c309572cb7fffee5454b78f0718")
CLIENT_VERIFY = unhex("a8ec436d677634ae525ac1fcebe11a039ec17694fac6e98527b642f2edd5ce61")
SHARED = unhex("8bd4054fb55b9d63fdfbacf9f04b9f0d35e6d63f537563efd46272900f89492d")


def _hash(*messages):
    """Hash a transcript."""
    return hashlib.sha256(b"".join(messages)).digest()


@pytest.fixture
def schedule():
    """The schedule of that handshake."""
    return Schedule13("sha256", SHARED)


SECRETS = {
    "c hs traffic": (
        "b3eddb126e067f35a780b3abf45e2d8f3b1a950738f52e9600746a0e27a55a21",
        "dbfaa693d1762c5b666af5d950258d01",
        "5bd3c71b836e0b76bb73265f",
    ),
    "s hs traffic": (
        "b67b7d690cc16c4e75e54213cb2d37b4e9c912bcded9105d42befd59d391ad38",
        "3fce516009c21727d0f2e4e86ee403bc",
        "5d313eb2671276ee13000b30",
    ),
    "c ap traffic": (
        "9e40646ce79a7f9dc05af8889bce6552875afa0b06df0087f792ebb7c17504a5",
        "17422dda596ed5d9acd890e3c63f5051",
        "5b78923dee08579033e523d9",
    ),
    "s ap traffic": (
        "a11af9f05531f856ad47116b45a950328204b4f44bfb6b3a4b4f1f3fcb631643",
        "9f02283b6c9c07efc26bb9f2ac92e356",
        "cf782b88dd83549aadf1e984",
    ),
}
FLIGHT = (ENCRYPTED_EXTENSIONS, CERTIFICATE, CERTIFICATE_VERIFY)


@pytest.mark.parametrize("label", SECRETS)
def test_the_secrets_of_rfc_8448(label, schedule):
    """Each traffic secret, with its key and initialisation vector, is the published one."""
    secret, key, iv = (unhex(one) for one in SECRETS[label])
    if " hs " in label:
        made = schedule.handshake_secret(label, _hash(CLIENT_HELLO, SERVER_HELLO))
    else:
        made = schedule.application_secret(label, _hash(CLIENT_HELLO, SERVER_HELLO, *FLIGHT, message(20, SERVER_VERIFY)))
    assert made == secret
    assert schedule.key_and_iv(made, 16) == (key, iv)


def test_the_finished_of_rfc_8448(schedule):
    """What both sides prove is as published."""
    until_verify = (CLIENT_HELLO, SERVER_HELLO, *FLIGHT)
    server = schedule.handshake_secret("s hs traffic", _hash(CLIENT_HELLO, SERVER_HELLO))
    client = schedule.handshake_secret("c hs traffic", _hash(CLIENT_HELLO, SERVER_HELLO))
    assert schedule.finished(server, _hash(*until_verify)) == SERVER_VERIFY
    assert schedule.finished(client, _hash(*until_verify, message(20, SERVER_VERIFY))) == CLIENT_VERIFY


def test_the_server_of_rfc_8448_signed():
    """Its CertificateVerify is by the key of its certificate, and by none other content (RFC 8446, 4.4.3)."""
    leaf = read_chain(CERTIFICATE[4:], is13=True)[0]
    covered = b" " * 64 + b"TLS 1.3, server CertificateVerify\x00" + _hash(CLIENT_HELLO, SERVER_HELLO, *FLIGHT[:2])
    signature = CERTIFICATE_VERIFY[8:]
    assert is_signed_by(leaf, 0x0804, signature, covered) is True
    assert is_signed_by(leaf, 0x0804, signature, covered + b"x") is False
    assert is_signed_by(leaf, 0x0805, signature, covered) is False
    assert is_signed_by(leaf, 0x0403, signature, covered) is None
    assert is_signed_by(b"no certificate", 0x0804, signature, covered) is None


def test_the_hello_of_rfc_8448():
    """The published server hello is read as it is explained there."""
    reply = Reply()
    read_server_hello(SERVER_HELLO[4:], reply)
    assert (reply.version, reply.suite, reply.group) == (0x0304, 0x1301, 0x1D)
    assert reply.server_share == unhex("c9828876112095fe66762bdbf7c672e156d6cc253b833df1dd69b1b04e751f0f")


def test_application_data_of_rfc_8448():
    """The record with which the client closes, as published."""
    known = traits(0x1301)
    sealing = Sealing13(known, unhex(SECRETS["c ap traffic"][1]), unhex(SECRETS["c ap traffic"][2]))
    data = bytes(range(50))
    published = unhex(
        "1703030043a23f7054b62c94d0affafe8228ba55cbefacea42f914aa66bcab3f2b9819a8a5b46b395bd54a9a20441e2b62974e1f5a6292a2977014bd1e3d"
        "eae63aeebb21694915e4"
    )
    assert sealing.seal(23, data) == published
    opening = Sealing13(known, unhex(SECRETS["c ap traffic"][1]), unhex(SECRETS["c ap traffic"][2]))
    assert opening.open(23, published[5:], published[:5]) == (23, data)


def test_the_published_prf_of_tls12():
    """The vector for P_SHA256 that the TLS working group has used since 2008."""
    made = prf(0x0303, "sha256", unhex("9bbe436ba940f017b17652849a71db35"), b"test label", unhex("a0ba9f936cda311827a6f796ffd5198c"), 100)
    assert made == unhex(
        "e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a6b301791e90d35c9c9a46b4e14baf9af0fa022f7077def17abfd3797c056"
        "4bab4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff70187347b66"
    )


def _kdf(size, name, **options):
    """Let OpenSSL derive."""
    command = [
        "openssl",
        "kdf",
        "-keylen",
        str(size),
        *(word for pair in options.items() for word in ("-kdfopt", f"{pair[0]}:{pair[1]}")),
        name,
    ]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return unhex(told.strip().replace(":", ""))


@pytest.mark.parametrize(
    ("version", "digest", "theirs"),
    [(0x0301, "", "MD5-SHA1"), (0x0302, "", "MD5-SHA1"), (0x0303, "sha256", "SHA256"), (0x0303, "sha384", "SHA384")],
)
@pytest.mark.parametrize("secret", [b"s" * 48, b"odd" * 15, b"\0" * 32])
def test_the_prf_of_openssl(version, digest, theirs, secret):
    """RFC 2246, 5 and RFC 5246, 5: as OpenSSL derives it, for every hash, and for secrets of an odd length."""
    label, seed = b"key expansion", bytes(64)
    expected = _kdf(136, "TLS1-PRF", digest=theirs, hexsecret=secret.hex(), hexseed=(label + seed).hex())
    assert prf(version, digest, secret, label, seed, 136) == expected


@pytest.mark.parametrize("digest", ["sha256", "sha384"])
@pytest.mark.parametrize(
    ("label", "context", "size"), [("key", b"", 32), ("finished", b"", 48), ("derived", b"h" * 48, 32), ("traffic upd", b"", 32)]
)
def test_the_hkdf_of_openssl(digest, label, context, size):
    """RFC 8446, 7.1: as OpenSSL expands it (never more than one block of the hash is asked)."""
    size = min(size, hashlib.new(digest).digest_size)
    info = size.to_bytes(2, "big") + bytes((6 + len(label),)) + b"tls13 " + label.encode() + bytes((len(context),)) + context
    expected = _kdf(size, "HKDF", digest=digest.upper(), mode="EXPAND_ONLY", hexkey=("ab" * 48), hexinfo=info.hex())
    assert hkdf_expand_label(b"\xab" * 48, label, context, size, digest) == expected


@settings(max_examples=30)
@given(st.sampled_from([0x0300, 0x0301, 0x0303]), st.binary(max_size=60), st.integers(0, 150))
def test_a_longer_derivation_begins_with_the_shorter(version, secret, size):
    """So many octets as asked, and always the same first ones."""
    whole = prf(version, "sha256", secret, b"label", b"seed", 150)
    assert prf(version, "sha256", secret, b"label", b"seed", size) == whole[:size]


def test_finished_before_tls13():
    """Twelve octets from TLS 1.0, thirty-six in SSL 3.0, and never the same for both sides."""
    for version, size in ((0x0300, 36), (0x0301, 12), (0x0302, 12), (0x0303, 12)):
        client, server = (finished(version, "sha256", b"m" * 48, side, b"transcript") for side in ("client", "server"))
        assert (len(client), len(server)) == (size, size)
        assert client != server


# Made with tlslite-ng 0.8.2 (calc_key and the MAC of its record layer), an implementation of its own of SSL 3.0.
SSL3 = {
    "master": "a056c27dfe1c66b269ff9772fd06989e5e65504d8442379b2a2018558fd58f82772fdc5d50ffa18dc08a280f8f532c1b",
    "key block": (
        "fa00df297dc4646bd3047212b6deae3854a8ccf31ca0a3046dbff4eda4d7c6375c3e3a8274de9f164edf2e72dfef49a83ed846f655ac4adafe30b2a9"
        "2a40c7efa59b689ab25640c4818d38cc86dccb2421a5d489ab4ce2aae0fc698c7f5b96a6601d39375c1d8359"
    ),
    "client": "79bb803b7aae6a3b5720c5115416dcbd0c8d4c75ea99f9333cac0fe0cdf712880d6c79ed",
    "server": "168731c9db708a6a509b5be6ececda41afdf0d298962f2ee65744329b2bf27565b47cc2b",
    "md5": "b9ce4fa6f81b902840be4b2ba0634c10",
    "sha1": "6e169ebb4eaeb1d252fcc8b67aaa380ef64a1a2d",
}


@pytest.mark.parametrize("name", SSL3)
def test_ssl3_as_another_program_derives_it(name):
    """RFC 6101: master secret, key block, Finished of both sides and MAC are those of tlslite-ng."""
    assert _ssl3(name) == unhex(SSL3[name])


def _ssl3(name):
    """Derive one of them from fixed secrets."""
    client, server, secret = b"c" * 32, b"s" * 32, b"p" * 48
    match name:
        case "master":
            return prf(0x0300, "sha256", secret, b"master secret", client + server, 48)
        case "key block":
            return prf(0x0300, "sha256", secret, b"key expansion", server + client, 104)
        case "client" | "server":
            return finished(0x0300, "sha256", secret, name, b"all messages")
    return ssl3_mac(name, b"k" * 16, b"a record")
