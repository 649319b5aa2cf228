# SPDX-License-Identifier: EUPL-1.2
"""The web servers of the lab: one nginx that knows every site by name, and by address where a site or its TLS differs per address."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path

from lab.dh_groups import DH_GROUPS
from lab.pki import certificate_file, staple_file
from lab.plan import GOOD_TLS, WEB, Page, Plan, Program, Staple, TlsProfile, WebListener, WebServer

Place = tuple[str, int]  # an address and a port

_LONGEST_PARAMETER = 3500  # octets: nginx reads its configuration in pieces of 4 KiB, and a parameter must fit in one
# nginx says these itself, and lets no configuration say otherwise.
_NGINX_OWN = frozenset({"connection", "content-length", "date", "server", "transfer-encoding"})
# Everything of a temporary nature stays in the state folder; and nginx can say a dollar only by way of a variable.
_HEAD = """\
worker_processes 1;
worker_rlimit_nofile 16384;
daemon off;
pid "{state}/nginx.pid";
error_log "{state}/logs/nginx-error.log" crit;
{user}
events {{ worker_connections 8192; multi_accept on; }}
http {{
  access_log off;
  default_type "";
  types {{ }}
  geo $dollar {{ default "$"; }}
  server_tokens off;
  keepalive_timeout 30;
  server_names_hash_max_size 65536;
  server_names_hash_bucket_size 256;
  client_body_temp_path "{state}/nginx-body";
  proxy_temp_path "{state}/nginx-proxy";
  fastcgi_temp_path "{state}/nginx-fastcgi";
  uwsgi_temp_path "{state}/nginx-uwsgi";
  scgi_temp_path "{state}/nginx-scgi";
  ssl_session_cache off;
"""
# What a server accepts is said by its profile, always in full; by itself OpenSSL would not even read a key that is too short.
_OPENSSL = """\
openssl_conf = all
[all]
ssl_conf = parts
[parts]
system_default = servers
[servers]
CipherString = DEFAULT:@SECLEVEL=0
"""


def write(plan: Plan, state: Path, now: datetime) -> None:  # noqa: ARG001 - the makers share one signature
    """Write nginx.conf and the bodies of the pages."""
    (state / "web").mkdir(parents=True, exist_ok=True)
    (state / "logs").mkdir(exist_ok=True)
    listeners = [listener for listener in plan.web if listener.server is WebServer.NGINX]
    _refuse_contradictions(listeners)
    if other := next((listener.host for listener in plan.web if listener.compresses and listener not in listeners), None):
        raise ValueError(f"{other}: only nginx can compress")
    _openssl_file(state).write_text(_OPENSSL, encoding="ascii")
    for name, parameters in DH_GROUPS.items():
        _dh_file(state, name).write_text(parameters, encoding="ascii")
    # nginx takes versions and suites from the first server at an address, whatever the name that is asked for.
    narrow = _narrow(listeners) | {listener for listener in listeners if listener.tls is not GOOD_TLS}
    apart = {place: listener for listener in narrow for place in _places(listener)}
    lines = [_HEAD.format(state=state, user=_user()), f"  {_profile(GOOD_TLS, state)}", *_default_servers(listeners, apart, state)]
    for number, listener in enumerate(listeners):
        listen = _listen_at(_places(listener), _tls(listener)) if listener in narrow else _listen_everywhere(listener, apart)
        lines.append(_server(listener, listen, number, state))
    lines.append("}\n")
    (state / "nginx.conf").write_text("\n".join(lines), encoding="utf-8")


def programs(plan: Plan, state: Path) -> list[Program]:
    """Return nginx, unless there is nothing for it to serve."""
    if not any(listener.server is WebServer.NGINX for listener in plan.web):
        return []
    environment = (("OPENSSL_CONF", str(_openssl_file(state))),)
    return [Program("nginx", WEB.name, ("nginx", "-p", str(state), "-c", str(state / "nginx.conf")), environment)]


def _openssl_file(state: Path) -> Path:
    """Return where the configuration of nginx's OpenSSL stands."""
    return state / "openssl-nginx.cnf"


def _dh_file(state: Path, name: str) -> Path:
    """Return where a Diffie-Hellman group stands."""
    return state / "web" / f"{name}.dh"


def _user() -> str:
    """Keep the workers under the user who runs the lab: in a user namespace there is no other."""
    return "user root;"


def _places(listener: WebListener) -> list[Place]:
    """List where a listener listens; each address in its one normal form."""
    return [(str(ip_address(address)), listener.port) for address in listener.addresses]


def _tls(listener: WebListener) -> str:
    """Return the word of the listen directive for TLS."""
    return " ssl" if listener.certificate else ""


def _refuse_contradictions(listeners: Iterable[WebListener]) -> None:
    """Raise ValueError for what nginx would make something else of without an error."""
    protocol: dict[int, str] = {}
    taken: set[tuple[str, Place]] = set()
    for listener in listeners:
        if protocol.setdefault(listener.port, _tls(listener)) != _tls(listener):
            raise ValueError(f"{listener.host}: port {listener.port} cannot be both with and without TLS in one nginx")
        for place in _places(listener):
            if (listener.host, place) in taken:
                raise ValueError(f"{listener.host} is served twice at {place[0]} port {place[1]}")
            taken.add((listener.host, place))


def _narrow(listeners: Iterable[WebListener]) -> set[WebListener]:
    """Find the listeners that are not at all addresses of their host: these must not answer at the others."""
    listeners = list(listeners)
    everywhere: dict[str, set[str]] = defaultdict(set)
    for listener in listeners:
        everywhere[listener.host] |= {address for address, _ in _places(listener)}
    return {listener for listener in listeners if {address for address, _ in _places(listener)} != everywhere[listener.host]}


def _default_servers(listeners: Iterable[WebListener], apart: Mapping[Place, WebListener], state: Path) -> Iterator[str]:
    """Close without a word, or refuse the handshake, when asked for an unknown name: so a wrong name or address shows."""
    refusal = {"": "return 444;", " ssl": "ssl_reject_handshake on;"}
    for port, tls in sorted({(listener.port, _tls(listener)) for listener in listeners}):
        words = f"{port}{tls} default_server backlog=4096;"
        yield f"  server {{ listen {words} listen [::]:{words} {refusal[tls]} }}"
    alike: dict[tuple[str, TlsProfile], list[Place]] = defaultdict(list)
    for place, listener in apart.items():
        alike[_tls(listener), listener.tls].append(place)
    for (tls, profile), places in alike.items():
        yield f"  server {{ {_listen_at(places, tls + ' default_server')} {_profile(profile, state) if tls else ''} {refusal[tls]} }}"


def _profile(profile: TlsProfile, state: Path) -> str:
    """Write what a profile says, but for what belongs to one certificate."""
    words = [
        f"ssl_protocols {' '.join(profile.versions)};",
        f'ssl_ciphers "{profile.suites}";',
        f"ssl_prefer_server_ciphers {_switch(on=profile.server_order)};",
        f"ssl_ecdh_curve {profile.groups};",
        f"ssl_session_tickets {_switch(on=profile.tickets)};",
        f"ssl_early_data {_switch(on=profile.early_data)};",
        f"ssl_conf_command Options {'' if profile.extended_master_secret else '-'}ExtendedMasterSecret;",
    ]
    words += [f"ssl_conf_command Ciphersuites {profile.suites_1_3};"] if profile.suites_1_3 else []
    words += [f"ssl_conf_command SignatureAlgorithms {profile.signatures};"] if profile.signatures else []
    words += [f'ssl_dhparam "{_dh_file(state, profile.dh)}";'] if profile.dh else []
    return " ".join(words)


def _switch(*, on: bool) -> str:
    """Write a switch."""
    return "on" if on else "off"


def _listen_at(places: Iterable[Place], words: str) -> str:
    """Write the listen directives for single addresses."""
    shown = ((f"[{address}]" if ":" in address else address, port) for address, port in places)
    return " ".join(f"listen {address}:{port}{words};" for address, port in shown)


def _listen_everywhere(listener: WebListener, apart: Mapping[Place, WebListener]) -> str:
    """Write the listen directives for every address; one that another site has for itself must be named, or nginx finds only that site."""
    tls = _tls(listener)
    shared = _listen_at((place for place in _places(listener) if place in apart), tls)
    return f"listen {listener.port}{tls}; listen [::]:{listener.port}{tls}; {shared}".rstrip()


def _server(listener: WebListener, listen: str, number: int, state: Path) -> str:
    """Write the server block of one listener."""
    lines = [f"  server {{ {listen} server_name {listener.host};"]
    if listener.certificate is not None:
        kinds = [kind for kind in (listener.certificate, listener.tls.also) if kind]
        files = [certificate_file(state, listener.host, kind) for kind in kinds]
        lines += (f'    ssl_certificate "{file}"; ssl_certificate_key "{file}";' for file in files)
        if listener.tls is not GOOD_TLS:
            lines.append(f"    {_profile(listener.tls, state)}")
        if listener.tls.staple is not Staple.NONE:
            staple = staple_file(state, listener.host, listener.certificate, listener.tls.staple)
            lines.append(f'    ssl_stapling on; ssl_stapling_file "{staple}";')
    if listener.compresses:
        lines.append("    gzip on; gzip_min_length 0; gzip_types *;")
    lines += (_location(page, f"{number}-{index}", state) for index, page in enumerate(listener.pages))
    if not any(page.path == "*" for page in listener.pages):
        lines.append("    location / { return 404; }")
    return "\n".join([*lines, "  }"])


def _location(page: Page, name: str, state: Path) -> str:
    """Write one page, with the status, headers and body of the plan and nothing else.

    To an answer that is no success nginx adds words of its own, so such a page is a success that goes by another status.
    """
    where = "/" if page.path == "*" else f'= "{_quoted(page.path)}"'
    answer = f"{_headers(page)} {_body(page, name, state)}".lstrip()
    if page.status == 200:
        return f"    location {where} {{ {answer} }}"
    return f"    location {where} {{ error_page 418 ={page.status} @{name}; return 418; }} location @{name} {{ {answer} }}"


def _headers(page: Page) -> str:
    """Write the headers of a page; nginx leaves out an empty one, so a space stands for no value."""
    kinds = [value for name, value in page.headers if name.lower() == "content-type"]
    own = sorted(name for name, _ in page.headers if name.lower() in _NGINX_OWN)
    if own or len(kinds) > 1:
        raise ValueError(f"{page.path}: nginx cannot be told to send {', '.join(own) or 'two Content-Types'}")
    kind = [f'default_type "{_quoted(kinds[0])}";'] if kinds else []
    added = ((name, value or " ") for name, value in page.headers if name.lower() != "content-type")
    return " ".join([*kind, *(f'add_header {name} "{_text(value)}" always;' for name, value in added)])


def _body(page: Page, name: str, state: Path) -> str:
    """Write the body of a page in place; or, when nginx could not read it there, as a file without the headers of a file."""
    body = _text(page.body)
    if len(body.encode()) <= _LONGEST_PARAMETER:
        return f'return 200 "{body}";'
    (state / "web" / name).write_text(page.body, encoding="utf-8", newline="")
    no_more = 'add_header Last-Modified "" always; etag off; max_ranges 0; if_modified_since off;'
    return f'{no_more} root "{state}/web"; try_files /{name} =500;'


def _text(value: str) -> str:
    """Write a value for between double quotes, where a dollar would begin a variable."""
    return _quoted(value).replace("$", "${dollar}")


def _quoted(value: str) -> str:
    """Write a value for between double quotes, where a dollar means nothing."""
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\r", "\\r").replace("\n", "\\n")
