# SPDX-License-Identifier: EUPL-1.2
"""The web servers of the lab: one nginx that knows every site by name, and by address where a site differs per address."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path

from lab.pki import certificate_file
from lab.plan import WEB, Certificate, Page, Plan, Program, WebListener, WebServer

# Everything of a temporary nature stays in the state folder. "return 444" closes without a word, so that a wrong name or address shows.
_LONGEST_PARAMETER = 2000  # nginx reads its configuration in pieces of 4 KiB, and a parameter must fit in one
_HEAD = """\
worker_processes 1;
worker_rlimit_nofile 16384;
daemon off;
pid {state}/nginx.pid;
error_log {state}/logs/nginx-error.log crit;
{user}
events {{ worker_connections 8192; multi_accept on; }}
http {{
  access_log off;
  default_type "";
  types {{ }}
  server_tokens off;
  keepalive_timeout 30;
  server_names_hash_max_size 65536;
  server_names_hash_bucket_size 256;
  client_body_temp_path {state}/nginx-body;
  proxy_temp_path {state}/nginx-proxy;
  fastcgi_temp_path {state}/nginx-fastcgi;
  uwsgi_temp_path {state}/nginx-uwsgi;
  scgi_temp_path {state}/nginx-scgi;
  ssl_session_cache off;
  ssl_session_tickets off;
  server {{ listen 80 default_server backlog=4096; listen [::]:80 default_server backlog=4096; return 444; }}
  server {{ listen 443 ssl default_server backlog=4096; listen [::]:443 ssl default_server backlog=4096; ssl_reject_handshake on; }}
"""


def write(plan: Plan, state: Path, now: datetime) -> None:  # noqa: ARG001 - the makers share one signature
    """Write nginx.conf and the bodies of the pages."""
    bodies = state / "web"
    bodies.mkdir(exist_ok=True)
    lines = [_HEAD.format(state=state, user=_user())]
    listeners = [listener for listener in plan.web if listener.server is WebServer.NGINX]
    differing = _listeners_per_host(listeners)
    lines += _default_servers(listeners, differing)
    for number, listener in enumerate(listeners):
        own_address = differing[listener.host, listener.port] > 1
        lines.append(_server(listener, number, state, own_address=own_address))
    lines.append("}\n")
    (state / "nginx.conf").write_text("\n".join(lines), encoding="utf-8")


def programs(plan: Plan, state: Path) -> list[Program]:
    """Return nginx, unless there is nothing for it to serve."""
    if not any(listener.server is WebServer.NGINX for listener in plan.web):
        return []
    return [Program("nginx", WEB.name, ("nginx", "-p", str(state), "-c", str(state / "nginx.conf")))]


def _user() -> str:
    """Keep the workers under the user who runs the lab: in a user namespace there is no other."""
    return "user root;"


def _listeners_per_host(listeners: Iterable[WebListener]) -> dict[tuple[str, int], int]:
    """Count how many listeners a host has on a port; more than one means that its addresses differ."""
    counted: dict[tuple[str, int], int] = defaultdict(int)
    for listener in listeners:
        counted[listener.host, listener.port] += 1
    return counted


def _default_servers(listeners: Iterable[WebListener], differing: dict[tuple[str, int], int]) -> Iterator[str]:
    """Close, on addresses with a listener of their own, what asks for another name."""
    for listener in listeners:
        if differing[listener.host, listener.port] > 1:
            refuses = "ssl_reject_handshake on;" if listener.certificate else "return 444;"
            yield f"  server {{ {_listen(listener, own_address=True, extra=' default_server')} {refuses} }}"


def _server(listener: WebListener, number: int, state: Path, *, own_address: bool) -> str:
    """Write the server block of one listener."""
    lines = [f"  server {{ {_listen(listener, own_address=own_address)} server_name {listener.host};"]
    if listener.certificate is not None:
        file = certificate_file(state, listener.host, listener.certificate or Certificate.GOOD)
        lines.append(f"    ssl_certificate {file}; ssl_certificate_key {file};")
    lines += (_location(page, f"{number}-{index}", state) for index, page in enumerate(listener.pages))
    if not any(page.path == "*" for page in listener.pages):
        lines.append("    location / { return 404; }")
    return "\n".join([*lines, "  }"])


def _listen(listener: WebListener, *, own_address: bool, extra: str = "") -> str:
    """Write the listen directives: on every address of the segment, or on its own ones only."""
    tls = " ssl" if listener.certificate else ""
    if not own_address:
        return f"listen {listener.port}{tls}{extra}; listen [::]:{listener.port}{tls}{extra};"
    shown = (f"[{address}]" if ip_address(address).version == 6 else address for address in listener.addresses)
    return " ".join(f"listen {address}:{listener.port}{tls}{extra};" for address in shown)


def _location(page: Page, name: str, state: Path) -> str:
    """Write one page: redirects and bodies by ``return``, headers exactly as the plan has them."""
    where = "/" if page.path == "*" else f"= {page.path}"
    added = ((key, value) for key, value in page.headers if key.lower() not in {"content-type", "location"})
    headers = "".join(f' add_header {key} "{_quoted(value)}" always;' for key, value in added)
    location = next((value for key, value in page.headers if key.lower() == "location"), None)
    kind = next((value for key, value in page.headers if key.lower() == "content-type"), "")
    type_line = f' default_type "{_quoted(kind)}";' if kind else ""
    if location is not None:
        return f'    location {where} {{{headers} return {page.status} "{_quoted(location)}"; }}'
    if len(page.body) > _LONGEST_PARAMETER:
        (state / "web" / name).write_text(page.body, encoding="utf-8")
        return f"    location {where} {{{type_line}{headers} root {state}/web; rewrite ^ /{name} break; }}"
    return f'    location {where} {{{type_line}{headers} return {page.status} "{_quoted(page.body)}"; }}'


def _quoted(value: str) -> str:
    """Write a value for between double quotes; a dollar would begin a variable, so the plan must not have one."""
    if "$" in value:
        raise ValueError(f"nginx cannot say a dollar: {value[:80]!r}")
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\r", "\\r").replace("\n", "\\n")
