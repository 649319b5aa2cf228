# SPDX-License-Identifier: EUPL-1.2
"""Commands to ask a question again: the right program, and safe to paste whatever the name is."""

import shlex
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meetlat.model.evidence import Need
from meetlat.publish.repeating import command, quoted

_HOSTILE = "$(touch /tmp/x)`id`;'\"\\ !*?[x] && #"
_KINDS = ("dns", "name_server", "http", "http_compressed", "smtp", "tls", "tls_smtp", "routes")
_TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40)


@pytest.mark.parametrize(
    ("need", "expected"),
    [
        pytest.param(Need("dns", "_25._tcp.mail.x.nl", "TLSA"), "dig +dnssec -t TLSA -q _25._tcp.mail.x.nl", id="DNS"),
        pytest.param(Need("dns", "", "NS"), "dig +dnssec -t NS -q .", id="the root"),
        pytest.param(Need("name_server", "2001:db8::1", "x.nl"), "dig +norecurse -t SOA -q x.nl @2001:db8::1", id="a name server"),
        pytest.param(
            Need("http", "https://x.nl/a?b=[1]", "2001:db8::1"),
            "curl -q --globoff --include --insecure --max-time 20 --connect-to '::[2001:db8::1]:' 'https://x.nl/a?b=[1]'",
            id="a page from one address",
        ),
        pytest.param(
            Need("smtp", "192.0.2.1", "mail.x.nl"),
            "openssl s_client -starttls smtp -connect 192.0.2.1:25 -servername mail.x.nl -showcerts -status </dev/null",
            id="a mail server",
        ),
        pytest.param(
            Need("tls", "2001:db8::1", "x.nl"),
            "openssl s_client -connect '[2001:db8::1]:443' -servername x.nl -showcerts -status </dev/null",
            id="TLS of a web server",
        ),
        pytest.param(Need("routes", "192.0.2.1"), "whois -h riswhois.ripe.net 192.0.2.1", id="routes"),
    ],
)
def test_a_need_has_its_command(need, expected):
    """As a person would type it."""
    assert command(need) == expected


@pytest.mark.parametrize(
    "need",
    [
        pytest.param(Need("smoke_signal", "x.nl"), id="a kind that nobody knows"),
        pytest.param(Need("http", "file:///etc/passwd", "192.0.2.1"), id="no web address"),
        pytest.param(Need("http", "https://x.nl/", "x.nl"), id="no address to fetch from"),
        pytest.param(Need("tls", "-x", "x.nl"), id="an option in the place of an address"),
        pytest.param(Need("tls", "fe80::1%eth0", "x.nl"), id="an address of the neighbourhood"),
        pytest.param(Need("dns", "x" * 3_000, "A"), id="a name without end"),
    ],
)
def test_what_cannot_be_asked_has_no_command(need):
    """None is better than one that does something else."""
    assert command(need) is None


def test_a_hostile_name_is_one_word():
    """Nothing in it is for the shell."""
    assert shlex.split(command(Need("dns", _HOSTILE, "A")) or "") == ["dig", "+dnssec", "-t", "A", "-q", _HOSTILE]


@given(st.sampled_from(_KINDS), _TEXT, _TEXT)
def test_a_command_can_be_shown(kind, subject, detail):
    """Whatever the need holds, nothing in its command is invisible or moves the cursor."""
    shown = command(Need(kind, subject, detail))
    assert shown is None or shown.isprintable()


def test_the_shell_reads_back_what_was_quoted():
    """Bash itself says so, for letters of every sort."""
    texts = [_HOSTILE, "plain", "", "a\nb", "\x1b[31m'x'\\", "\u202eelif", "é\u00a0€", "-n", "~", "a\tb'c"]
    script = "printf '%s\\0' " + " ".join(map(quoted, texts))
    run = subprocess.run(["bash", "-c", script], capture_output=True, check=True)
    assert run.stdout.decode().split("\0")[:-1] == texts
