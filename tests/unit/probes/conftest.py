# SPDX-License-Identifier: EUPL-1.2
"""Event loops that complain of whatever a probe leaves behind, and certificates."""

import asyncio
import gc
import ssl
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import uvloop
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


def _open_sockets():
    """Count the sockets of this process."""
    count = 0
    for number in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            count += str(number.readlink()).startswith("socket:")
    return count


async def _watched(work):
    """Do the work, and demand that no task and no socket outlives it."""
    await asyncio.sleep(0)
    before = _open_sockets()
    result = await work
    for _ in range(40):
        left = asyncio.all_tasks() - {asyncio.current_task()}
        if not left and _open_sockets() <= before:
            break
        await asyncio.sleep(0.005)
    assert left == set()
    assert _open_sockets() <= before
    gc.collect()
    await asyncio.sleep(0)
    return result


def _run(name, work):
    """Run work on a loop; what asyncio would only log (a lost exception, an unclosed transport) fails the test."""
    complaints = []
    gc.freeze()  # so that collecting looks only at what this test made
    try:
        with asyncio.Runner(loop_factory=LOOPS[name]) as runner:
            runner.get_loop().set_exception_handler(lambda _loop, context: complaints.append(context))
            result = runner.run(_watched(work))
        gc.collect()
    finally:
        gc.unfreeze()
    assert complaints == []
    return result


@pytest.fixture(params=LOOPS)
def on_loop(request):
    """Run a coroutine on each kind of loop in turn."""
    return lambda work: _run(request.param, work)


@pytest.fixture
def run():
    """Run a coroutine on the loop of the standard library."""
    return lambda work: _run("asyncio", work)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """Make a self-signed certificate with its key, as a file that ssl can load."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loopback.test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=2))
        .not_valid_after(now - timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("certificate") / "loopback.pem"
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def server_tls(certificate):
    """Return the TLS of a server with an expired, self-signed certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context
