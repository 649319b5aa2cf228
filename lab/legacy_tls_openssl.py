# SPDX-License-Identifier: EUPL-1.2
"""OpenSSL 1.0.2 by way of ctypes: sessions between memory buffers, as those of Python's ssl, for a server and for a client."""

import ctypes
import ssl
from ctypes import POINTER, c_char_p, c_int, c_long, c_void_p
from pathlib import Path

from lab.dh_groups import DH_GROUPS
from lab.plan import TlsProfile

# In this order each finds what it needs; their names have a digest in them.
_LIBRARIES = ("libz-", "libkeyutils-", "libcom_err-", "libsepol-", "libselinux-", "libkrb5support-", "libk5crypto-", "libkrb5-")
_MORE_LIBRARIES = ("libgssapi_krb5-", "libcrypto-", "libssl-")
# Of ssl.h and bio.h.
_OPTIONS, _SET_TMP_DH, _SET_CURVES, _SET_ECDH_AUTO, _GET_RENEGOTIATION, _GET_TMP_KEY, _SET_HOST = 32, 3, 92, 94, 76, 109, 55
_PENDING = 10
_NO = {"SSLv2": 0x01000000, "SSLv3": 0x02000000, "TLSv1": 0x04000000, "TLSv1.1": 0x10000000, "TLSv1.2": 0x08000000}
_NO_COMPRESSION, _NO_TICKET, _SERVER_ORDER, _NEW_DH_KEYS, _NEW_ECDH_KEYS = 0x00020000, 0x4000, 0x00400000, 0x00100000, 0x00080000
_WANT_READ, _ZERO_RETURN = 2, 6
_PEM = 1
_PIECE = 65536
_POINTERS = (
    "SSLv23_server_method", "SSLv23_client_method", "SSL_CTX_new", "SSL_new", "BIO_s_mem", "BIO_new", "BIO_new_mem_buf",
    "PEM_read_bio_DHparams", "SSL_get_current_cipher", "SSL_get_current_compression",
)  # fmt: skip
_STRINGS = ("SSL_get_version", "SSL_CIPHER_get_name", "SSL_COMP_get_name", "ERR_reason_error_string")


class OldOpenSsl:
    """The library."""

    def __init__(self, folder: Path) -> None:
        loaded = [self._load(folder, start) for start in (*_LIBRARIES, *_MORE_LIBRARIES)]
        self.crypto, self.ssl = loaded[-2:]
        for name in (*_POINTERS, *_STRINGS):
            function = self._function(name)
            function.restype = c_char_p if name in _STRINGS else c_void_p
        self.ssl.SSL_CTX_ctrl.argtypes = [c_void_p, c_int, c_long, c_void_p]
        self.ssl.SSL_ctrl.argtypes = [c_void_p, c_int, c_long, c_void_p]
        self.crypto.BIO_ctrl.argtypes = [c_void_p, c_int, c_long, c_void_p]
        self.crypto.BIO_new_mem_buf.argtypes = [c_char_p, c_int]
        self.crypto.ERR_get_error.restype = ctypes.c_ulong
        self.crypto.ERR_reason_error_string.argtypes = [ctypes.c_ulong]
        self.ssl.SSL_library_init()
        self.ssl.SSL_load_error_strings()

    @staticmethod
    def _load(folder: Path, start: str) -> ctypes.CDLL:
        """Load the library whose name begins so."""
        return ctypes.CDLL(str(next(folder.glob(f"{start}*"))))

    def _function(self, name: str) -> "ctypes._NamedFuncPointer":
        """Find a function in either library."""
        return getattr(self.ssl if name.startswith("SSL") else self.crypto, name)  # type: ignore[no-any-return]

    def failure(self) -> str:
        """Say why the last call failed."""
        reason = self.crypto.ERR_reason_error_string(self.crypto.ERR_get_error())
        self.crypto.ERR_clear_error()
        return (reason or b"unknown").decode()


class OldContext:
    """What sessions are made from; one that has no certificate is for a client."""

    def __init__(self, library: OldOpenSsl, profile: TlsProfile, certificate: Path | None = None) -> None:
        self._library = library
        self._is_server = certificate is not None
        method = library.ssl.SSLv23_server_method() if self._is_server else library.ssl.SSLv23_client_method()
        self._context = c_void_p(library.ssl.SSL_CTX_new(c_void_p(method)))
        self._control(_OPTIONS, _options(profile))
        self._must(library.ssl.SSL_CTX_set_cipher_list(self._context, profile.suites.encode()), profile.suites)
        if certificate is not None:
            file = str(certificate).encode()
            self._must(library.ssl.SSL_CTX_use_certificate_chain_file(self._context, file), str(certificate))
            self._must(library.ssl.SSL_CTX_use_PrivateKey_file(self._context, file, _PEM), str(certificate))
            curves = ctypes.create_string_buffer(profile.groups.encode())
            self._must(self._control(_SET_CURVES, 0, ctypes.cast(curves, c_void_p)), profile.groups)
            self._must(self._control(_SET_ECDH_AUTO, 1), "ECDH")
        if profile.dh:
            text = DH_GROUPS[profile.dh].encode()
            source = c_void_p(library.crypto.BIO_new_mem_buf(text, len(text)))
            parameters = c_void_p(library.crypto.PEM_read_bio_DHparams(source, None, None, None))
            self._must(self._control(_SET_TMP_DH, 0, parameters), profile.dh)

    def _control(self, command: int, number: int, pointer: c_void_p | None = None) -> int:
        """Call what ssl.h makes macros of."""
        return int(self._library.ssl.SSL_CTX_ctrl(self._context, command, number, pointer))

    def _must(self, result: int, what: str) -> None:
        """Raise ValueError when a call failed."""
        if result != 1:
            raise ValueError(f"OpenSSL 1.0.2 does not take {what}: {self._library.failure()}")

    def wrap_bio(self, incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO, server_side: bool = True) -> "OldSession":  # noqa: FBT001, FBT002 - as in ssl
        """Make a session between two buffers."""
        if server_side is not self._is_server:
            raise ValueError("a context is for servers or for clients")
        return OldSession(self._library, self._context, (incoming, outgoing), is_server=server_side)


def _options(profile: TlsProfile) -> int:
    """Write what a profile says as a number."""
    options = _NO_TICKET | _NEW_DH_KEYS | _NEW_ECDH_KEYS
    for version, number in _NO.items():
        options |= 0 if version in profile.versions else number
    return options | (0 if profile.compression else _NO_COMPRESSION) | (_SERVER_ORDER if profile.server_order else 0)


class OldSession:
    """A session between two memory buffers."""

    def __init__(self, library: OldOpenSsl, context: c_void_p, buffers: tuple[ssl.MemoryBIO, ssl.MemoryBIO], *, is_server: bool) -> None:
        self._library = library
        self._came, self._sealed = buffers
        self._session = c_void_p(library.ssl.SSL_new(context))
        self._in, self._out = (c_void_p(library.crypto.BIO_new(c_void_p(library.crypto.BIO_s_mem()))) for _ in range(2))
        library.ssl.SSL_set_bio(self._session, self._in, self._out)
        (library.ssl.SSL_set_accept_state if is_server else library.ssl.SSL_set_connect_state)(self._session)

    def __del__(self) -> None:
        """Give the memory back."""
        self._library.ssl.SSL_free(self._session)

    def do_handshake(self) -> None:
        """Go on with the handshake."""
        self._feed()
        self._told(self._library.ssl.SSL_do_handshake(self._session))

    def read(self, length: int, /) -> bytes:
        """Unseal what came. A client that wants to renegotiate is helped in here as well."""
        self._feed()
        buffer = ctypes.create_string_buffer(min(length, _PIECE))
        count = self._told(self._library.ssl.SSL_read(self._session, buffer, len(buffer)))
        return buffer.raw[: max(0, count)]

    def write(self, data: bytes, /) -> int:
        """Seal."""
        return self._told(self._library.ssl.SSL_write(self._session, data, len(data))) if data else 0

    def unwrap(self) -> object:
        """Say close_notify."""
        self._library.ssl.SSL_shutdown(self._session)
        self._drain()
        return None

    def ask_for(self, host: str) -> None:
        """Say, as a client, which name is wanted."""
        self._library.ssl.SSL_ctrl(self._session, _SET_HOST, 0, ctypes.cast(c_char_p(host.encode()), c_void_p))

    def renegotiate(self) -> None:
        """Ask for another handshake, as a client may."""
        self._library.ssl.SSL_renegotiate(self._session)

    def described(self) -> dict[str, str]:
        """Say what was agreed, in words."""
        library, session = self._library, self._session
        cipher = c_void_p(library.ssl.SSL_get_current_cipher(session))
        compression = library.ssl.SSL_get_current_compression(session)
        key = c_void_p()
        has_key = library.ssl.SSL_ctrl(session, _GET_TMP_KEY, 0, ctypes.cast(ctypes.byref(key), POINTER(c_void_p)))
        return {
            "version": library.ssl.SSL_get_version(session).decode(),
            "suite": library.ssl.SSL_CIPHER_get_name(cipher).decode(),
            "compression": library.ssl.SSL_COMP_get_name(c_void_p(compression)).decode() if compression else "none",
            "renegotiation": "secure" if library.ssl.SSL_ctrl(session, _GET_RENEGOTIATION, 0, None) else "insecure",
            "key": f"{library.crypto.EVP_PKEY_bits(key)} bits" if has_key == 1 else "none",
        }

    def _feed(self) -> None:
        """Hand OpenSSL what came."""
        if came := self._came.read():
            self._library.crypto.BIO_write(self._in, came, len(came))

    def _drain(self) -> None:
        """Take what OpenSSL wants to send."""
        while pending := self._library.crypto.BIO_ctrl(self._out, _PENDING, 0, None):
            buffer = ctypes.create_string_buffer(pending)
            count = self._library.crypto.BIO_read(self._out, buffer, pending)
            self._sealed.write(buffer.raw[:count])

    def _told(self, result: int) -> int:
        """Pass on how a call ended, in the words of Python's ssl."""
        error = self._library.ssl.SSL_get_error(self._session, result) if result <= 0 else 0
        self._drain()
        if error == _WANT_READ:
            raise ssl.SSLWantReadError(_WANT_READ, "more is needed")
        if error and error != _ZERO_RETURN:
            raise ssl.SSLError(error, self._library.failure())
        return result
