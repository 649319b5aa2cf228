# SPDX-License-Identifier: EUPL-1.2
"""The OpenSSL inside the Python package cryptography, which knows ML-KEM: sessions between memory buffers, as those of Python's ssl."""

import ssl
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from OpenSSL import SSL

from lab.plan import TlsProfile

_T = TypeVar("_T")
_VERSIONS = {"TLSv1.2": SSL.TLS1_2_VERSION, "TLSv1.3": SSL.TLS1_3_VERSION}
_PIECE = 65536
# Groups and signatures can be said to this library only by way of a file, so for a whole process.
_CONFIGURATION = """\
openssl_conf = all
[all]
ssl_conf = parts
[parts]
system_default = servers
[servers]
Groups = {groups}
SignatureAlgorithms = {signatures}
"""


def configuration(profile: TlsProfile) -> str:
    """Write what OPENSSL_CONF must name before a context is made for this profile."""
    return _CONFIGURATION.format(groups=profile.groups, signatures=profile.signatures)


class NewContext:
    """What sessions are made from."""

    def __init__(self, profile: TlsProfile, certificate: Path) -> None:
        self._context = SSL.Context(SSL.TLS_SERVER_METHOD)
        self._context.set_min_proto_version(_VERSIONS[profile.versions[0]])
        self._context.set_max_proto_version(_VERSIONS[profile.versions[-1]])
        self._context.set_cipher_list(profile.suites.encode())
        self._context.set_tls13_ciphersuites(profile.suites_1_3.encode())
        self._context.set_options(SSL.OP_NO_TICKET | SSL.OP_NO_RENEGOTIATION)
        self._context.use_certificate_chain_file(str(certificate))
        self._context.use_privatekey_file(str(certificate))

    def wrap_bio(self, incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO, server_side: bool = True) -> "NewSession":  # noqa: FBT001, FBT002 - as in ssl
        """Make a session between two buffers."""
        if not server_side:
            raise ValueError("this is for servers")
        return NewSession(SSL.Connection(self._context, None), incoming, outgoing)


class NewSession:
    """A session between two memory buffers."""

    def __init__(self, connection: SSL.Connection, came: ssl.MemoryBIO, sealed: ssl.MemoryBIO) -> None:
        self._connection, self._came, self._sealed = connection, came, sealed
        connection.set_accept_state()

    def do_handshake(self) -> None:
        """Go on with the handshake."""
        self._told(self._connection.do_handshake)

    def read(self, length: int, /) -> bytes:
        """Unseal what came."""
        return self._told(lambda: self._connection.recv(min(length, _PIECE))) or b""

    def write(self, data: bytes, /) -> int:
        """Seal."""
        return self._told(lambda: self._connection.send(data)) or 0 if data else 0

    def unwrap(self) -> object:
        """Say close_notify."""
        return self._told(self._connection.shutdown)

    def _told(self, call: Callable[[], _T]) -> _T | None:
        """Carry out a call between what came and what is to be sent, and pass on how it ended in the words of Python's ssl."""
        if came := self._came.read():
            self._connection.bio_write(came)
        try:
            return call()
        except SSL.WantReadError:
            raise ssl.SSLWantReadError(ssl.SSL_ERROR_WANT_READ, "more is needed") from None
        except SSL.ZeroReturnError:
            return None
        except SSL.Error as error:
            raise ssl.SSLError(ssl.SSL_ERROR_SSL, str(error)) from None
        finally:
            self._drain()

    def _drain(self) -> None:
        """Take what OpenSSL wants to send."""
        with suppress(SSL.WantReadError):
            while True:
                self._sealed.write(self._connection.bio_read(_PIECE))
