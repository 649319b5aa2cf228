# SPDX-License-Identifier: EUPL-1.2
"""Independent clients (dig, delv, curl, openssl, swaks) and what they say, put into words that can be compared with the plan."""

import re
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

NO_ANSWER, REFUSED, UNREACHABLE, CLOSES = "no answer", "refused", "unreachable", "closes"
_HEADER = re.compile(r"status: (\w+)")
_FLAGS = re.compile(r"^;; flags: ([a-z ]*);", re.MULTILINE)
_TIME = re.compile(r"^;; Query time: (\d+) msec", re.MULTILINE)
_KEY = re.compile(r"^Server public key is (\d+) bit$", re.MULTILINE)
_SHORTEST_RSA = 1024  # keys on elliptic curves are shorter
_VERIFY = re.compile(r"^\s*Verify return code: (\d+)", re.MULTILINE)
# The numbers of X509_verify_cert that each kind of certificate in the lab leads to.
_CERTIFICATES = {10: "expired", 18: "self-signed", 20: "incomplete-chain", 21: "incomplete-chain", 62: "wrong-name"}


_LIBERAL = """\
openssl_conf = all
[all]
ssl_conf = parts
[parts]
system_default = clients
[clients]
CipherString = DEFAULT:@SECLEVEL=0
MinProtocol = TLSv1
Options = UnsafeLegacyServerConnect
"""


class ClientFailedError(RuntimeError):
    """A client said something that we cannot read: nothing is known about the server then."""


@dataclass(frozen=True, slots=True)
class Check:
    """What the plan promises of some subjects, and one look of an independent client at all of them."""

    what: str
    promised: Mapping[str, str]
    look: Callable[[], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Ran:
    """How a client ended (None: it had to be stopped), and what it wrote."""

    code: int | None
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer as dig shows it; ``status`` is empty when there was none."""

    status: str
    flags: frozenset[str] = frozenset()
    records: tuple[tuple[str, str, str], ...] = ()  # name, type, data
    milliseconds: int = 0


def ran(*command: str, seconds: float, said: bytes = b"") -> Ran:
    """Run a client, for a bounded time; ``said`` is what it reads."""
    try:
        done = subprocess.run(command, input=said, capture_output=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired as error:
        return Ran(None, _text(error.stdout), _text(error.stderr))
    return Ran(done.returncode, _text(done.stdout), _text(done.stderr))


def _text(data: bytes | None) -> str:
    """Read what a client wrote."""
    return (data or b"").decode("utf-8", "replace")


def dig(*words: str, seconds: int = 20) -> list[Answer]:
    """Ask with dig, once, and return an answer for every question."""
    told = ran("dig", "+noall", "+comments", "+answer", "+authority", "+stats", "+tries=1", f"+time={seconds}", *words, seconds=600)
    if told.code not in {0, 9}:
        raise ClientFailedError(f"dig ended with {told.code}: {(told.err or told.out)[:300]}")
    return answers(told.out)


def answers(text: str) -> list[Answer]:
    """Read what dig says, an answer at a time; where no server could be reached the answer is empty."""
    found = []
    for part in re.split(r"^;; Got answer:$|^(?=;; no servers could be reached)", text, flags=re.MULTILINE)[1:]:
        status, flags, time = _HEADER.search(part), _FLAGS.search(part), _TIME.search(part)
        lines = (line.split(None, 4) for line in part.splitlines() if line and not line.startswith(";"))
        records = tuple((line[0], line[3], line[4]) for line in lines if len(line) == 5)
        found.append(
            Answer(
                status[1] if status else "",
                frozenset(flags[1].split()) if flags else frozenset(),
                records,
                int(time[1]) if time else 0,
            )
        )
    return found


def curl(*words: str, seconds: float = 3, connecting: float = 2.5, liberal: Path | None = None) -> Ran:
    """Fetch with curl: verbosely on standard error, within a time, with nothing from the environment or a configuration file.

    ``connecting`` is the part of the time until curl can ask its question: TLS and a greeting belong to it. ``liberal`` is a state folder
    when TLS of any age will do.
    """
    return ran(
        *(liberally(liberal) if liberal else ()), "curl", "--disable", "--silent", "--verbose", "--noproxy", "*",
        "--connect-timeout", str(connecting), "--max-time", str(seconds), *words,
        seconds=seconds + 10,
    )  # fmt: skip


def connection(told: Ran) -> str:
    """Say how a connection by curl ended; empty when the server accepted it."""
    if "* Connected to" in told.err:
        return ""
    for words, meaning in (("Connection refused", REFUSED), ("No route to host", UNREACHABLE), ("Network is unreachable", UNREACHABLE)):
        if words in told.err:
            return meaning
    if told.code == 28:
        return NO_ANSWER
    raise ClientFailedError(f"curl ended with {told.code}: {told.err.strip()[-300:]}")


def certificate(address: str, port: int, host: str, authority: str, *more: str) -> str:
    """Say with openssl which kind of certificate a server shows for a name."""
    told = ran(
        "openssl", "s_client", "-connect", f"{bracketed(address)}:{port}", *more,
        "-CAfile", authority, "-verify_hostname", host, seconds=25,
    )  # fmt: skip
    if "BEGIN CERTIFICATE" not in told.out:
        return "none"
    number = _VERIFY.search(told.out)
    if number and number[1] == "0":
        key = _KEY.search(told.out)
        return f"rsa-{key[1]}" if key and int(key[1]) >= _SHORTEST_RSA else "good"
    return _CERTIFICATES.get(int(number[1]), f"verify return code {number[1]}") if number else "none"


def liberally(state: Path) -> tuple[str, ...]:
    """Return the words before a client's that make its OpenSSL take everything it still can."""
    file = state / "openssl-clients.cnf"
    if not file.exists():
        file.write_text(_LIBERAL, encoding="ascii")
    return ("env", f"OPENSSL_CONF={file}")


def bracketed(address: str) -> str:
    """Write an address as it stands before a port."""
    return f"[{address}]" if ":" in address else address
