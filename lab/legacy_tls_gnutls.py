# SPDX-License-Identifier: EUPL-1.2
"""GnuTLS by way of ctypes: sessions between memory buffers, as those of Python's ssl, for a server.

It can do without RFC 5746, which no OpenSSL can, and lets a client renegotiate.
"""

import ctypes
import ctypes.util
import errno
import ssl
from ctypes import c_char_p, c_int, c_size_t, c_ssize_t, c_uint, c_void_p
from pathlib import Path

_SERVER, _NONBLOCK, _CERTIFICATES, _PEM, _WRITING = 1, 1 << 3, 1, 1, 1
_AGAIN, _REHANDSHAKE = -28, -37
_WARNINGS = {-16, -52}  # an alert, or something else that one can go on after
_PIECE = 65536
_Mover = ctypes.CFUNCTYPE(c_ssize_t, c_void_p, c_void_p, c_size_t)
_Waiter = ctypes.CFUNCTYPE(c_int, c_void_p, c_uint)


class GnuTls:
    """The library."""

    def __init__(self) -> None:
        name = ctypes.util.find_library("gnutls")
        if name is None:
            raise ValueError("GnuTLS is not installed (gnutls-bin brings it)")
        self.calls = ctypes.CDLL(name)
        self.calls.gnutls_strerror_name.restype = c_char_p
        self.calls.gnutls_record_recv.restype = c_ssize_t
        self.calls.gnutls_record_send.restype = c_ssize_t
        self.calls.gnutls_record_recv.argtypes = self.calls.gnutls_record_send.argtypes = [c_void_p, c_void_p, c_size_t]


class GnuTlsContext:
    """What sessions are made from."""

    def __init__(self, library: GnuTls, priorities: str, certificate: Path) -> None:
        self._library = library
        self._credentials, self._priorities, wrong = c_void_p(), c_void_p(), c_char_p()
        calls, file = library.calls, str(certificate).encode()
        if calls.gnutls_priority_init(ctypes.byref(self._priorities), priorities.encode(), ctypes.byref(wrong)):
            raise ValueError(f"GnuTLS does not take these priorities, from here: {(wrong.value or b'').decode()}")
        calls.gnutls_certificate_allocate_credentials(ctypes.byref(self._credentials))
        if calls.gnutls_certificate_set_x509_key_file(self._credentials, file, file, _PEM) < 0:
            raise ValueError(f"GnuTLS does not take {certificate}")

    def wrap_bio(self, incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO, server_side: bool = True) -> "GnuTlsSession":  # noqa: FBT001, FBT002 - as in ssl
        """Make a session between two buffers."""
        if not server_side:
            raise ValueError("this is for servers")
        session = GnuTlsSession(self._library, incoming, outgoing)
        session.prepare(self._priorities, self._credentials)
        return session


class GnuTlsSession:
    """A session between two memory buffers."""

    def __init__(self, library: GnuTls, came: ssl.MemoryBIO, sealed: ssl.MemoryBIO) -> None:
        self._calls, self._came, self._sealed = library.calls, came, sealed
        self._session = c_void_p()
        self._is_shaking = True
        self._calls.gnutls_init(ctypes.byref(self._session), _SERVER | _NONBLOCK)
        # Kept here, for GnuTLS keeps no more than their addresses.
        self._moving = (_Mover(self._push), _Mover(self._pull), _Waiter(lambda _, __: 1))

    def prepare(self, priorities: c_void_p, credentials: c_void_p) -> None:
        """Say what is accepted, which certificate is shown, and where octets come from and go."""
        push, pull, wait = self._moving
        self._calls.gnutls_priority_set(self._session, priorities)
        self._calls.gnutls_credentials_set(self._session, _CERTIFICATES, credentials)
        self._calls.gnutls_transport_set_push_function(self._session, push)
        self._calls.gnutls_transport_set_pull_function(self._session, pull)
        self._calls.gnutls_transport_set_pull_timeout_function(self._session, wait)

    def __del__(self) -> None:
        """Give the memory back."""
        self._calls.gnutls_deinit(self._session)

    def do_handshake(self) -> None:
        """Go on with the handshake."""
        self._is_shaking = True
        while (result := self._calls.gnutls_handshake(self._session)) in _WARNINGS:
            pass
        self._told(result, sends_alert=True)
        self._is_shaking = False

    def read(self, length: int, /) -> bytes:
        """Unseal what came. A client that wants to renegotiate may."""
        if self._is_shaking:
            self.do_handshake()
        buffer = ctypes.create_string_buffer(min(length, _PIECE))
        while True:
            count = self._calls.gnutls_record_recv(self._session, buffer, len(buffer))
            if count == _REHANDSHAKE:
                self.do_handshake()
            elif count not in _WARNINGS:
                return buffer.raw[: self._told(count)]

    def write(self, data: bytes, /) -> int:
        """Seal; GnuTLS takes a record at a time."""
        done = 0
        while done < len(data):
            done += self._told(self._calls.gnutls_record_send(self._session, data[done:], len(data) - done))
        return done

    def unwrap(self) -> object:
        """Say close_notify."""
        return self._calls.gnutls_bye(self._session, _WRITING)

    def _told(self, result: int, *, sends_alert: bool = False) -> int:
        """Pass on how a call ended, in the words of Python's ssl."""
        if result == _AGAIN:
            raise ssl.SSLWantReadError(_AGAIN, "more is needed")
        if result < 0:
            if sends_alert:
                self._calls.gnutls_alert_send_appropriate(self._session, result)
            raise ssl.SSLError(result, (self._calls.gnutls_strerror_name(result) or b"").decode())
        return result

    def _push(self, _: int, data: int, length: int) -> int:
        """Take what GnuTLS wants to send."""
        self._sealed.write(ctypes.string_at(data, length))
        return length

    def _pull(self, _: int, place: int, room: int) -> int:
        """Hand GnuTLS what came."""
        came = self._came.read(room)
        if not came:
            self._calls.gnutls_transport_set_errno(self._session, errno.EAGAIN)
            return -1
        ctypes.memmove(place, came, len(came))
        return len(came)
