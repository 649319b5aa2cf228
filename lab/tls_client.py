# SPDX-License-Identifier: EUPL-1.2
"""Clients that speak TLS which no program of today does any more, or not yet, for ``lab verify``.

``python -m lab.tls_client old ADDRESS HOST VERSION SUITES`` is OpenSSL 1.0.2, and asks for a page and eleven renegotiations;
``python -m lab.tls_client new ADDRESS HOST`` is the OpenSSL of cryptography. They print what was agreed as JSON.
"""

import json
import socket
import ssl
import sys
from collections.abc import Callable
from dataclasses import replace

from OpenSSL import SSL

from lab.legacy_tls_openssl import OldContext, OldOpenSsl, OldSession
from lab.legacy_tls_wheel import library_folder
from lab.plan import GOOD_TLS

_PORT, _SECONDS, _PIECE = 443, 10.0, 65536
_MOST_RENEGOTIATIONS = 11


class _OldClient:
    """OpenSSL 1.0.2 on a socket."""

    def __init__(self, connection: socket.socket, host: str, version: str, suites: str) -> None:
        profile = replace(GOOD_TLS, versions=(version,), suites=suites, compression=True)
        self._connection = connection
        self._came, self._sealed = ssl.MemoryBIO(), ssl.MemoryBIO()
        context = OldContext(OldOpenSsl(library_folder()), profile)
        self.session: OldSession = context.wrap_bio(self._came, self._sealed, server_side=False)
        self.session.ask_for(host)

    def until_done(self, call: Callable[[], object]) -> object:
        """Carry out a call that may need more octets from the server."""
        while True:
            try:
                result = call()
            except ssl.SSLWantReadError:
                pass
            else:
                return result
            finally:
                self._connection.sendall(self._sealed.read())
            if not (data := self._connection.recv(_PIECE)):
                raise ConnectionResetError("the server has left")
            self._came.write(data)


def old(address: str, host: str, version: str, suites: str) -> dict[str, object]:
    """Shake hands as OpenSSL 1.0.2 does, renegotiate as often as may be, and ask for a page."""
    with socket.create_connection((address, _PORT), _SECONDS) as connection:
        client = _OldClient(connection, host, version, suites)
        client.until_done(client.session.do_handshake)
        told: dict[str, object] = {**client.session.described()}
        client.session.write(f"GET / HTTP/1.0\r\nHost: {host}\r\n\r\n".encode())
        answer = client.until_done(lambda: client.session.read(_PIECE))
        told["answer"] = answer[:12].decode("ascii", "replace") if isinstance(answer, bytes) else ""
    with socket.create_connection((address, _PORT), _SECONDS) as connection:
        client = _OldClient(connection, host, version, suites)
        client.until_done(client.session.do_handshake)
        return {**told, "renegotiations": _renegotiations(client)}


def _renegotiations(client: _OldClient) -> int:
    """Count how often the server lets this client renegotiate."""
    for number in range(_MOST_RENEGOTIATIONS):
        client.session.renegotiate()
        try:
            client.until_done(client.session.do_handshake)
        except OSError:  # ssl.SSLError is one
            return number
    return _MOST_RENEGOTIATIONS


def new(address: str, host: str) -> dict[str, object]:
    """Shake hands as a browser of today does."""
    with socket.create_connection((address, _PORT), _SECONDS) as connection:
        connection.settimeout(None)  # pyOpenSSL wants a socket that blocks, or minds for itself
        session = SSL.Connection(SSL.Context(SSL.TLS_CLIENT_METHOD), connection)
        session.set_tlsext_host_name(host.encode())
        session.set_connect_state()
        session.do_handshake()
        return {"version": session.get_protocol_version_name(), "suite": session.get_cipher_name(), "group": session.get_group_name()}


def main() -> int:
    """Be the client that the command line names."""
    try:
        told = {"old": old, "new": new}[sys.argv[1]](*sys.argv[2:])  # type: ignore[operator]
    except (OSError, SSL.Error, ValueError) as error:
        told = {"failed": str(error)}
    print(json.dumps(told))  # noqa: T201 - for the program that started this one
    return 0


if __name__ == "__main__":
    sys.exit(main())
