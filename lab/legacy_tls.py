# SPDX-License-Identifier: EUPL-1.2
"""The web servers of the lab whose TLS is that of another program than nginx: ``python -m lab.legacy_tls CONFIG.json``.

OpenSSL 1.0.2, GnuTLS and a newer OpenSSL, each as a library between the socket and the same pages that nginx would serve.
"""

import asyncio
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from lab import odd_web, openssl_4
from lab.legacy_tls_gnutls import GnuTls, GnuTlsContext
from lab.legacy_tls_openssl import OldContext, OldOpenSsl
from lab.legacy_tls_wheel import library_folder
from lab.plan import ODD, Plan, Program, Staple, TlsProfile, WebListener, WebServer
from lab.serving import allow_many_files, until_told
from lab.tls_stream import SessionMaker, Wire, secured

SERVERS = frozenset({WebServer.OPENSSL_1_0_2, WebServer.OPENSSL_4, WebServer.GNUTLS})
_GONE = (OSError, TimeoutError, ValueError, EOFError, asyncio.LimitOverrunError)


def write(plan: Plan, state: Path, now: datetime) -> None:  # noqa: ARG001 - the makers share one signature
    """Write legacy-tls.json: what listens on each address."""
    places = [
        {
            "address": str(ip_address(address)),
            "port": listener.port,
            "server": listener.server.value,
            "host": listener.host,
            "tls": _written(listener.tls),
            **odd_web.told_site(listener, state),
        }
        for listener in _other(plan)
        for address in listener.addresses
    ]
    (state / "legacy-tls.json").write_text(json.dumps(places), encoding="utf-8")
    texts = {openssl_4.configuration(one.tls) for one in _other(plan) if one.server is WebServer.OPENSSL_4}
    if len(texts) > 1:
        raise ValueError("all of openssl-4 must have the same groups and signatures: it is one process")
    _configuration_file(state).write_text("".join(texts), encoding="ascii")


def programs(plan: Plan, state: Path) -> list[Program]:
    """Return the program, unless every web server is nginx or misbehaves."""
    if not any(_other(plan)):
        return []
    command = (sys.executable, "-m", "lab.legacy_tls", str(state / "legacy-tls.json"))
    return [Program("legacy-tls", ODD.name, command, (("OPENSSL_CONF", str(_configuration_file(state))),))]


def _configuration_file(state: Path) -> Path:
    """Return where the configuration of openssl-4 stands."""
    return state / "openssl-4.cnf"


def _other(plan: Plan) -> Iterator[WebListener]:
    """List the listeners that another program than nginx gives their TLS."""
    return (listener for listener in plan.web if listener.server in SERVERS)


def _written(profile: TlsProfile) -> dict[str, Any]:
    """Write a profile."""
    return {**asdict(profile), "also": None, "staple": profile.staple.value}


def _read(told: Mapping[str, Any]) -> TlsProfile:
    """Read a profile."""
    return TlsProfile(**{**told, "versions": tuple(told["versions"]), "staple": Staple(told["staple"])})


@dataclass(frozen=True, slots=True)
class Place:
    """One address with what listens there."""

    address: str
    port: int
    host: str
    site: odd_web.Site
    context: SessionMaker


class Libraries:
    """The libraries, each loaded when first needed."""

    def __init__(self) -> None:
        self._old: OldOpenSsl | None = None
        self._gnutls: GnuTls | None = None

    def context(self, server: WebServer, profile: TlsProfile, certificate: Path) -> SessionMaker:
        """Make what sessions of a kind of server are made from."""
        match server:
            case WebServer.OPENSSL_1_0_2:
                self._old = self._old or OldOpenSsl(library_folder())
                return OldContext(self._old, profile, certificate)
            case WebServer.GNUTLS:
                self._gnutls = self._gnutls or GnuTls()
                return GnuTlsContext(self._gnutls, profile.priorities, certificate)
            case _:
                return openssl_4.NewContext(profile, certificate)


def load(path: Path) -> list[Place]:
    """Read the configuration."""
    libraries = Libraries()
    return [_place(one, libraries) for one in json.loads(path.read_text(encoding="utf-8"))]


def _place(told: Mapping[str, Any], libraries: Libraries) -> Place:
    """Read what listens at one address."""
    site = odd_web.read_site(dict(told))
    if site.certificate is None:
        raise ValueError(f"{told['host']}: TLS wants a certificate")
    context = libraries.context(WebServer(told["server"]), _read(told["tls"]), site.certificate)
    return Place(told["address"], told["port"], told["host"].lower(), site, context)


async def listen(place: Place) -> asyncio.Server:
    """Listen at a place."""
    pages = odd_web.Place(place.address, place.port, WebServer.PLAIN_HTTP, {place.host: place.site})

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            inside, outside = await secured(Wire(reader, writer), place.context)
            try:
                await odd_web.serve_pages(odd_web.Visit(pages, inside, outside))
            finally:
                outside.close()
        except (*_GONE, asyncio.CancelledError):
            pass  # a cancelled conversation ends here: in Python 3.11 the stream's own callback would log it
        finally:
            writer.close()

    return await asyncio.start_server(serve, place.address, place.port, backlog=512)


async def _run(config: Path) -> None:
    """Listen everywhere until told to stop."""
    listening = [await listen(place) for place in load(config)]
    await until_told()
    for one in listening:
        one.close()


def main() -> None:
    """Serve by the configuration that the command line names."""
    allow_many_files()
    asyncio.run(_run(Path(sys.argv[1])))


if __name__ == "__main__":
    main()
