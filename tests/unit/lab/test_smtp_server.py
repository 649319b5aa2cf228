# SPDX-License-Identifier: EUPL-1.2
"""The mail server of the lab does what each behaviour promises, over a real socket."""

import json
import os
import signal
import smtplib
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lab import mail, pki, tls_contexts
from lab.plan import Certificate, MailBehaviour, MailServer, MailTls, Plan

# Each behaviour has an address of its own, as in the lab.
ADDRESSES = {behaviour: f"127.0.7.{number}" for number, behaviour in enumerate(MailBehaviour, 1)}
NOBODY = "127.0.7.250"
# So has each kind of TLS.
KINDS_OF_TLS = {kind: f"127.0.6.{number}" for number, kind in enumerate(MailTls, 1)}
CERTIFICATES = dict.fromkeys((MailTls.WITH_RSA_KEY_EXCHANGE, MailTls.WITH_WEAK_DH, MailTls.OLD), Certificate.RSA_3072) | {
    MailTls.WEAK_KEY: Certificate.RSA_1024
}
ROOT = Path(mail.__file__).parents[1]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state folder with certificates and configuration for one server of every kind."""
    state = tmp_path_factory.mktemp("state")
    servers = [MailServer(f"{one.value}.example", (address,), one) for one, address in ADDRESSES.items()]
    servers.append(MailServer("six.example", ("0:0:0:0:0:0:0:1",)))
    servers += [
        MailServer(f"tls-{kind.value}.example", (address,), MailBehaviour.GOOD, CERTIFICATES.get(kind, Certificate.GOOD), kind)
        for kind, address in KINDS_OF_TLS.items()
    ]
    plan = Plan((), (), tuple(servers), (), ())
    now = datetime.now(UTC)
    pki.write(plan, state, now)
    mail.write(plan, state, now)
    return state


def _start(folder: Path) -> tuple[subprocess.Popen[bytes], int]:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config = folder / f"mail-{port}.json"
    config.write_text(json.dumps({**json.loads((folder / "mail.json").read_text()), "port": port}))
    command, environment = [sys.executable, "-m", "lab.smtp_server", str(config)], {**os.environ, **dict(tls_contexts.environment(folder))}
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, env=environment)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("::1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return process, port
    process.kill()
    raise AssertionError("the server did not start")


@pytest.fixture(scope="module")
def port(folder: Path) -> Iterator[int]:
    """The port of a server that must end well and have nothing to complain about."""
    process, number = _start(folder)
    yield number
    process.send_signal(signal.SIGTERM)
    said = process.communicate(timeout=10)[1]
    assert process.returncode == 0
    assert said == b""


def _connect(port: int, behaviour: MailBehaviour) -> smtplib.SMTP:
    return smtplib.SMTP(ADDRESSES[behaviour], port, "client.example", timeout=15)


def _raw(port: int, address: str) -> socket.socket:
    return socket.create_connection((address, port), 10)


def _trusting(folder: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=folder / "ca.pem")


def _starttls(client: smtplib.SMTP, folder: Path, host: str) -> None:
    client._host = host  # type: ignore[attr-defined] # noqa: SLF001 - the name to verify differs from the address called
    assert client.starttls(context=_trusting(folder))[0] == 220


def test_good_takes_a_message_over_verified_tls(port: int, folder: Path) -> None:
    """A good server shows a certificate that the lab's root vouches for, and takes a large message."""
    with _connect(port, MailBehaviour.GOOD) as client:
        client.ehlo()
        assert client.has_extn("starttls")
        _starttls(client, folder, "good.example")
        client.ehlo()
        assert not client.has_extn("starttls")
        assert client.docmd("STARTTLS")[0] == 503
        assert client.sendmail("a@client.example", ["b@good.example"], "Subject: x\r\n\r\n.dot\r\n" + ("y" * 70 + "\r\n") * 10_000) == {}


def test_ipv6_address_is_found_in_its_normal_form(port: int) -> None:
    """An IPv6 address may be written at length in the plan."""
    with smtplib.SMTP("::1", port, "client.example", timeout=10) as client:
        assert b"six.example" in client.ehlo()[1]


def test_commands_are_answered_by_the_rules(port: int) -> None:
    """Every command gets the reply code that RFC 5321 gives it, in or out of order."""
    expected = {
        "MAIL FROM:<a@b>": 503, "NOOP": 250, "VRFY x": 502, "FROB": 500, "DATA": 503, "RCPT TO:<a@b>": 503,
        "EHLO": 501, "HELO x": 250, "MAIL x": 501, "mail from:<>": 250, "RSET": 250, "STARTTLS x": 501, "QUIT": 221,
    }  # fmt: skip
    client = _connect(port, MailBehaviour.GOOD)
    assert {line: client.docmd(line)[0] for line in expected} == expected
    client.close()


def test_commands_sent_ahead_of_the_handshake_are_forgotten(port: int) -> None:
    """What was sent in the clear behind STARTTLS is not carried out inside TLS."""
    with _raw(port, ADDRESSES[MailBehaviour.GOOD]) as client:
        client.sendall(b"EHLO x\r\n")
        while b"250 " not in client.recv(4096):
            pass
        client.sendall(b"STARTTLS\r\nNOOP\r\n")
        assert client.recv(4096).startswith(b"220 ")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        with context.wrap_socket(client) as secure:
            secure.settimeout(0.3)
            with pytest.raises(TimeoutError):
                secure.recv(100)


def test_commands_are_bounded_in_length(port: int) -> None:
    """A command over 2 KiB is refused and ends the conversation."""
    with _connect(port, MailBehaviour.GOOD) as client:
        assert client.docmd("NOOP " + "x" * 4000)[0] == 500
        with pytest.raises(smtplib.SMTPServerDisconnected):
            client.docmd("NOOP")


def test_commands_are_bounded_in_number(port: int) -> None:
    """The hundred-and-first command is not waited for."""
    client = _connect(port, MailBehaviour.GOOD)
    codes = [client.docmd("NOOP")[0] for _ in range(100)]
    assert set(codes) == {250}
    assert client.getreply()[0] == 421
    client.close()


def test_no_starttls(port: int) -> None:
    """STARTTLS is neither listed nor carried out."""
    with _connect(port, MailBehaviour.NO_STARTTLS) as client:
        client.ehlo()
        assert not client.has_extn("starttls")
        assert client.docmd("STARTTLS")[0] == 502


def test_starttls_454(port: int) -> None:
    """STARTTLS is listed, answered with 454, and the conversation goes on."""
    with _connect(port, MailBehaviour.STARTTLS_454) as client:
        client.ehlo()
        assert client.has_extn("starttls")
        assert client.docmd("STARTTLS")[0] == 454
        assert client.noop()[0] == 250


def test_closes_after_220(port: int) -> None:
    """STARTTLS is accepted, and then the connection ends."""
    client = _connect(port, MailBehaviour.CLOSES_AFTER_220)
    client.ehlo()
    assert client.docmd("STARTTLS")[0] == 220
    assert client.sock is not None
    assert client.sock.recv(1) == b""
    client.close()


def test_refuses_421(port: int) -> None:
    """Every connection is refused for now."""
    for _ in range(2):
        with pytest.raises(smtplib.SMTPConnectError, match="421"):
            _connect(port, MailBehaviour.REFUSES_421)


def test_refuses_421_from_the_fourth_connection(port: int) -> None:
    """The fourth connection of one client is refused, that of another is not."""
    for _ in range(3):
        _connect(port, MailBehaviour.REFUSES_421_AFTER_3).quit()
    for _ in range(2):
        with pytest.raises(smtplib.SMTPConnectError, match="421"):
            _connect(port, MailBehaviour.REFUSES_421_AFTER_3)
    other = smtplib.SMTP(
        ADDRESSES[MailBehaviour.REFUSES_421_AFTER_3], port, "client.example", timeout=10, source_address=("127.0.7.200", 0)
    )
    assert other.quit()[0] == 221


@pytest.mark.parametrize(("behaviour", "borne"), [(MailBehaviour.REFUSES_421_AFTER_8, 8), (MailBehaviour.REFUSES_421_AFTER_25, 25)])
def test_refuses_421_after_so_many(port: int, behaviour: MailBehaviour, borne: int) -> None:
    """So many connections of one client are borne, and no more."""
    for _ in range(borne):
        _connect(port, behaviour).quit()
    with pytest.raises(smtplib.SMTPConnectError, match="421"):
        _connect(port, behaviour)


def test_refuses_second(port: int) -> None:
    """A second connection beside the first is refused; one after it is not."""
    for _ in range(2):
        with _connect(port, MailBehaviour.REFUSES_SECOND) as client:
            with pytest.raises(smtplib.SMTPConnectError, match="421"):
                _connect(port, MailBehaviour.REFUSES_SECOND)
            assert client.noop()[0] == 250
        time.sleep(0.1)


def test_slow_banner(port: int) -> None:
    """The greeting takes a second, what follows does not."""
    began = time.monotonic()
    with _connect(port, MailBehaviour.SLOW_BANNER) as client:
        assert 0.4 < time.monotonic() - began < 2
        client.ehlo()
        assert time.monotonic() - began < 2


def _shaken(port: int, address: str, *words: str) -> str:
    """What openssl says of a handshake after STARTTLS."""
    command = ["openssl", "s_client", "-connect", f"{address}:{port}", "-starttls", "smtp", "-servername", "x.example", *words]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20, check=False)
    return done.stdout + done.stderr


OLD = ("-tls1_1", "-cipher", "ALL:@SECLEVEL=0")
RSA = ("-no_tls1_3", "-cipher", "kRSA:@SECLEVEL=0")
DHE = ("-no_tls1_3", "-cipher", "kDHE:@SECLEVEL=0")
TLS_1_3, SHA_1_CBC = "Cipher is TLS_AES_256_GCM_SHA384", "Cipher is ECDHE-ECDSA-AES256-SHA"
ALERT_VERSION, ALERT_HANDSHAKE = "alert number 70", "alert number 40"
SAID = [
    (MailTls.GOOD, (), TLS_1_3),
    (MailTls.GOOD, OLD, ALERT_VERSION),
    (MailTls.GOOD, RSA, ALERT_HANDSHAKE),
    (MailTls.GOOD, ("-groups", "ffdhe2048"), ALERT_HANDSHAKE),
    (MailTls.GOOD, ("-no_tls1_3", "-sigalgs", "ECDSA+SHA224", "-cipher", "ALL:@SECLEVEL=0"), ALERT_HANDSHAKE),
    (MailTls.GOOD, ("-no_tls1_3", "-sigalgs", "ECDSA+SHA1", "-cipher", "ALL:@SECLEVEL=0"), ALERT_HANDSHAKE),
    (MailTls.WITH_OLD_VERSIONS, (), TLS_1_3),
    (MailTls.WITH_OLD_VERSIONS, OLD, SHA_1_CBC),
    (MailTls.TLS_1_0_ONLY, ("-tls1", *OLD[1:]), SHA_1_CBC),
    (MailTls.TLS_1_0_ONLY, ("-tls1_2",), "unsupported protocol"),
    (MailTls.WITH_RSA_KEY_EXCHANGE, (), TLS_1_3),
    (MailTls.WITH_RSA_KEY_EXCHANGE, RSA, "Cipher is AES256-GCM-SHA384"),
    (MailTls.WITH_RSA_KEY_EXCHANGE, ("-no_tls1_3", "-cipher", "AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256"), "is ECDHE-RSA-AES128-GCM"),
    (MailTls.CBC_ONLY, (), "Cipher is ECDHE-ECDSA-AES256-SHA384"),
    (MailTls.CBC_ONLY, ("-cipher", "AESGCM"), ALERT_HANDSHAKE),
    (MailTls.WITH_WEAK_DH, (), TLS_1_3),
    (MailTls.WITH_WEAK_DH, DHE, "Server Temp Key: DH, 1024 bits"),
    (MailTls.OLD, (), "Cipher is AES256-SHA"),
    (MailTls.OLD, ("-tls1", *OLD[1:]), "Cipher is AES256-SHA"),
    (MailTls.WEAK_KEY, (), "Server public key is 1024 bit"),
]


@pytest.mark.parametrize(("kind", "words", "said"), SAID)
def test_each_kind_of_tls_accepts_what_its_name_says(port: int, kind: MailTls, words: tuple[str, ...], said: str) -> None:
    """What is offered is accepted or refused with an alert, by the judgement of openssl."""
    assert said in _shaken(port, KINDS_OF_TLS[kind], *words)


def test_closes_on_old_hello(port: int) -> None:
    """An old hello meets a closed connection without alert; a present-day one is welcome."""
    address = ADDRESSES[MailBehaviour.CLOSES_ON_OLD_HELLO]
    assert "unexpected eof" in _shaken(port, address, *OLD)
    assert TLS_1_3 in _shaken(port, address)


def test_refuses_554(port: int) -> None:
    """Every connection is refused for good, and only QUIT is answered well."""
    with _raw(port, ADDRESSES[MailBehaviour.REFUSES_554]) as client, client.makefile("rw", newline="\r\n") as lines:
        assert lines.readline().startswith("554 ")
        for said, answer in (("EHLO x", "503 "), ("QUIT", "221 ")):
            lines.write(said + "\n")
            lines.flush()
            assert lines.readline().startswith(answer)
        assert lines.readline() == ""


def test_greylists(port: int, folder: Path) -> None:
    """All is well until the recipient is named."""
    with _connect(port, MailBehaviour.GREYLISTS) as client:
        client.ehlo()
        _starttls(client, folder, "greylists.example")
        client.ehlo()
        assert client.mail("a@client.example")[0] == 250
        assert client.rcpt("b@greylists.example")[0] == 450
        assert client.docmd("DATA")[0] == 503


def test_tarpit(port: int, folder: Path) -> None:
    """The banner takes three seconds and each reply half a one, and STARTTLS works."""
    began = time.monotonic()
    client = _connect(port, MailBehaviour.TARPIT)
    assert 2.9 < time.monotonic() - began < 4
    began = time.monotonic()
    client.ehlo()
    assert 0.4 < time.monotonic() - began < 2
    _starttls(client, folder, "tarpit.example")
    client.close()


def test_silent(port: int) -> None:
    """Nothing is said, whatever the client says."""
    with _raw(port, ADDRESSES[MailBehaviour.SILENT]) as client:
        client.sendall(b"EHLO x\r\n")
        client.settimeout(1)
        with pytest.raises(TimeoutError):
            client.recv(1)


@pytest.mark.parametrize("address", [ADDRESSES[MailBehaviour.CLOSES], NOBODY], ids=["closes", "address of nobody"])
def test_closes(port: int, address: str) -> None:
    """The connection ends without a word."""
    with _raw(port, address) as client:
        assert client.recv(1) == b""


def test_endless_banner(port: int) -> None:
    """Lines of banner keep coming, a hundred a second."""
    with _raw(port, ADDRESSES[MailBehaviour.ENDLESS_BANNER]) as client, client.makefile("r") as lines:
        began = time.monotonic()
        assert all(lines.readline().startswith("220-") for _ in range(50))
        assert 0.4 < time.monotonic() - began < 2


def test_sigterm_ends_it_with_clients_still_there(folder: Path) -> None:
    """The program ends well while clients hang on."""
    process, port = _start(folder)
    waiting = [_raw(port, ADDRESSES[one]) for one in (MailBehaviour.SILENT, MailBehaviour.GOOD, MailBehaviour.ENDLESS_BANNER)]
    time.sleep(0.2)
    process.send_signal(signal.SIGTERM)
    said = process.communicate(timeout=5)[1]
    for one in waiting:
        one.close()
    assert (process.returncode, said) == (0, b"")


def test_clients_that_vanish_leave_no_trace(folder: Path) -> None:
    """Clients that reset or talk no TLS are not worth a line in the log."""
    process, port = _start(folder)
    for behaviour in (MailBehaviour.GOOD, MailBehaviour.TARPIT, MailBehaviour.ENDLESS_BANNER, MailBehaviour.SILENT):
        for said in (b"", b"EHLO x\r\n", b"STARTTLS\r\n", b"STARTTLS\r\nthis is no TLS at all\r\n"):
            client = _raw(port, ADDRESSES[behaviour])
            client.sendall(said)
            time.sleep(0.02)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
            client.close()
    with _connect(port, MailBehaviour.GOOD) as client_after:
        client_after.docmd("STARTTLS")
        assert client_after.sock is not None
        client_after.sock.sendall(b"no TLS " * 20)
        client_after.close()
    time.sleep(0.3)
    process.send_signal(signal.SIGTERM)
    assert process.communicate(timeout=5)[1] == b""
    assert process.returncode == 0
