# SPDX-License-Identifier: EUPL-1.2
"""TLS sessions of the standard library, as lenient as it can be: certificate and version are facts here, not conditions."""

import asyncio
import base64
import re
import ssl
from collections.abc import Awaitable
from typing import TypeVar

from meetlat.model.evidence import Failure
from meetlat.probes.failing import NoAnswerError, from_tls_error

_SECONDS = 8.0
_LEGACY_SERVER_CONNECT = 0x4  # SSL_OP_LEGACY_SERVER_CONNECT: old servers without RFC 5746 are looked at too
_IGNORE_UNEXPECTED_EOF = 0x80  # SSL_OP_IGNORE_UNEXPECTED_EOF: many servers close without close_notify
_MAX_HOST = 253
_HOST = re.compile(r"[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*")
_T = TypeVar("_T")


def lenient_context(*protocols: str) -> ssl.SSLContext:
    """Make a client context that accepts every certificate, cipher suite and version OpenSSL still speaks; ALPN when given."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # the certificate is judged from the evidence
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.options |= _LEGACY_SERVER_CONNECT | _IGNORE_UNEXPECTED_EOF
    if protocols:
        context.set_alpn_protocols(list(protocols))
    return context


def indicated(host: str) -> str:
    """Return the name to indicate (SNI; RFC 6066, 3), or an empty text when the extension cannot hold this host: then without it."""
    return host if len(host) <= _MAX_HOST and _HOST.fullmatch(host) else ""


async def handshake(doing: Awaitable[_T]) -> _T:
    """Wait for a TLS handshake and say in our own words how it failed. Raises NoAnswerError."""
    try:
        async with asyncio.timeout(_SECONDS):
            return await doing
    except TimeoutError as error:
        raise NoAnswerError(Failure.TLS_TIMEOUT, f"{_SECONDS:g} s") from error
    except OSError as error:
        raise from_tls_error(error) from error
    except EOFError as error:
        raise NoAnswerError(Failure.TLS_CLOSED, str(error)) from error


def session_facts(writer: asyncio.StreamWriter) -> dict[str, object] | None:
    """Read version, cipher suite and leaf certificate (base64 of DER) of an established session, or None on plain TCP."""
    session = writer.get_extra_info("ssl_object")
    if session is None:
        return None
    certificate = session.getpeercert(binary_form=True)
    cipher = session.cipher()
    return {
        "version": session.version(),
        "cipher": cipher[0] if cipher else None,
        "certificate": base64.b64encode(certificate).decode("ascii") if certificate else None,
    }
