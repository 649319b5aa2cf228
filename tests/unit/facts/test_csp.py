# SPDX-License-Identifier: EUPL-1.2
"""Content Security Policies: any header is read, as a browser reads it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meetlat.facts.csp import Kind, Source, parse, read_source

# Words of policies and what stands between them, so that drawn headers look enough like real ones to reach every branch.
_WORDS = st.sampled_from(
    [
        "default-src", "script-src", "Script-Src-Elem", "style-src-attr", "object-src", "base-uri", "frame-ancestors", "worker-src",
        "'self'", "'none'", "'unsafe-inline'", "'UNSAFE-EVAL'", "'strict-dynamic'", "'nonce-YQ=='", "'sha256-YQ'", "'nonce-'",
        "*", "https:", "data:", "https://*", "*.a.example:*", "a.example/b", "[::1]", "'", "é", "",
    ]
)  # fmt: skip
_GAPS = st.sampled_from([" ", ";", ",", "\t", "; ", " , ", "\x0b", "\n"])
_HEADER = st.lists(st.one_of(_WORDS, _GAPS), max_size=40).map(" ".join) | st.text(max_size=300)
_NAMES = ("script-src-elem", "script-src-attr", "style-src-elem", "object-src", "worker-src", "frame-src", "frame-ancestors", "niets")


@given(st.lists(_HEADER, max_size=4))
def test_any_headers_are_read(values: list[str]):
    """No header makes the reader fail, and what it reads is no more than what was sent."""
    policies = parse(values)
    assert len(policies) <= sum(value.count(",") + 1 for value in values)
    for policy in policies:
        assert policy.directives
        assert all(name == name.lower() and name.isascii() for name in policy.directives)
        for name in _NAMES:
            found = policy.effective(name)
            if found is not None:
                assert found.allows_all_inline(is_script=False) >= found.allows_all_inline(is_script=True)
                assert all(source.text in "".join(values) for source in found.sources)


@given(st.lists(_HEADER, max_size=4))
def test_several_headers_are_one_list(values: list[str]):
    """RFC 9110, 5.3: several fields are the same as one field with commas."""
    assert parse(values) == parse([",".join(values)])


@given(st.text(max_size=60))
def test_any_text_is_some_kind_of_source(text: str):
    """No source expression makes the reader fail; it keeps its text, and the rest is lower case."""
    source = read_source(text)
    assert source.text == text
    assert (source.scheme, source.host) == (source.scheme.lower(), source.host.lower())


@pytest.mark.parametrize("size", [8_192, 100_000])
@pytest.mark.parametrize("part", ["a.", "a", "-", "*.", "'nonce-", "a/", "a:", "= ", "; ", ",", "'sha256-A", "https://", "%"])
def test_a_long_header_costs_little(part: str, size: int):
    """Nothing that is repeated makes reading slow (the time limit of the test run would end it)."""
    for policy in parse([f"script-src {part * (size // len(part))}!"]):
        policy.effective("script-src-elem")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("'self'", Source("'self'", Kind.KEYWORD)),
        ("'Unsafe-Inline'", Source("'Unsafe-Inline'", Kind.KEYWORD)),
        ("'NONE'", Source("'NONE'", Kind.KEYWORD)),
        ("'nonce-YWJj+/_-=='", Source("'nonce-YWJj+/_-=='", Kind.NONCE)),
        ("'Nonce-a'", Source("'Nonce-a'", Kind.NONCE)),
        ("'sha384-YWJj'", Source("'sha384-YWJj'", Kind.HASH)),
        ("https:", Source("https:", Kind.SCHEME, "https")),
        ("Data:", Source("Data:", Kind.SCHEME, "data")),
        ("*", Source("*", Kind.HOST, "", "*")),
        ("*:8443", Source("*:8443", Kind.HOST, "", "*")),
        ("HTTPS://*.Kaarten.example:*/a/b.js", Source("HTTPS://*.Kaarten.example:*/a/b.js", Kind.HOST, "https", "*.kaarten.example")),
        ("kaarten.example", Source("kaarten.example", Kind.HOST, "", "kaarten.example")),
        ("localhost:8080", Source("localhost:8080", Kind.HOST, "", "localhost")),
        ("127.0.0.1", Source("127.0.0.1", Kind.HOST, "", "127.0.0.1")),
    ],
)
def test_source_expressions_have_a_kind(text: str, expected: Source):
    """W3C CSP 3, 2.3.1: keywords, nonces, hashes, schemes and hosts, in any case."""
    assert read_source(text) == expected


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("unsafe-inline", Kind.HOST),  # without its quotes a word like any other
        ("'unsafe-everything'", Kind.UNKNOWN),
        ("'nonce-'", Kind.UNKNOWN),
        ("'nonce-a b'", Kind.UNKNOWN),
        ("'nonce-a==='", Kind.UNKNOWN),
        ("'nonce-a", Kind.UNKNOWN),
        ("'md5-YWJj'", Kind.UNKNOWN),
        ("https://", Kind.UNKNOWN),
        ("a.*.example", Kind.UNKNOWN),
        ("**", Kind.UNKNOWN),
        ("https://[2001:db8::1]", Kind.UNKNOWN),
        ("a.example\u212a", Kind.UNKNOWN),
        ("", Kind.UNKNOWN),
    ],
)
def test_what_fits_no_grammar_matches_nothing(text: str, kind: Kind):
    """What looks like a keyword, nonce or hash but is none has no effect; without quotes it is a host."""
    assert read_source(text).kind is kind


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("*", True),
        ("*:*", True),
        ("http:", True),
        ("HTTPS:", True),
        ("https://*", True),
        ("http://*:80/", True),
        ("*.nl", False),
        ("https://a.example", False),
        ("data:", False),
        ("wss:", False),
        ("wss://*", False),
        ("'self'", False),
        ("'*'", False),
    ],
)
def test_who_is_everybody(text: str, expected: bool):  # noqa: FBT001 - a table
    """A source that names no host at all, on the web, lets everybody in."""
    assert read_source(text).is_anybody is expected


@pytest.mark.parametrize(
    ("headers", "directives"),
    [
        ([], []),
        ([""], []),
        ([";;, ;"], []),
        (["default-src 'self'"], [{"default-src": ("'self'",)}]),
        (["DEFAULT-SRC\t'self'  *;"], [{"default-src": ("'self'", "*")}]),
        (["script-src a; script-src b"], [{"script-src": ("a",)}]),
        (["a 1, b 2", "c"], [{"a": ("1",)}, {"b": ("2",)}, {"c": ()}]),
        (["script-src é; img-src a"], [{"img-src": ("a",)}]),
        (["script-src\u00a0a; img-src b"], [{"img-src": ("b",)}]),
        (["sandbox\x0bx y"], [{"sandbox\x0bx": ("y",)}]),  # a vertical tab is no white space to a browser
    ],
)
def test_headers_become_policies(headers: list[str], directives: list[dict[str, tuple[str, ...]]]):
    """W3C CSP 3, 2.2.1 and 2.2.2: commas part policies, semicolons directives; of a name the first counts."""
    assert [dict(policy.directives) for policy in parse(headers)] == directives


@pytest.mark.parametrize(
    ("policy", "name", "directive"),
    [
        ("script-src a; default-src b; script-src-elem c", "script-src-elem", "script-src-elem"),
        ("script-src a; default-src b", "script-src-elem", "script-src"),
        ("default-src b", "script-src-attr", "default-src"),
        ("style-src a; default-src b", "style-src-attr", "style-src"),
        ("script-src a; default-src b", "style-src-elem", "default-src"),
        ("script-src a; default-src b", "worker-src", "script-src"),
        ("child-src c; script-src a; default-src b", "worker-src", "child-src"),
        ("child-src c; default-src b", "frame-src", "child-src"),
        ("default-src b", "object-src", "default-src"),
        ("default-src b", "connect-src", "default-src"),
        ("default-src b", "base-uri", None),
        ("default-src b", "form-action", None),
        ("default-src b", "frame-ancestors", None),
        ("default-src b", "sandbox", None),
        ("img-src b", "script-src-elem", None),
    ],
)
def test_what_is_not_written_falls_back(policy: str, name: str, directive: str | None):
    """W3C CSP 3, 6.8.3: fetch directives fall back; those on documents and navigation do not."""
    (read,) = parse([policy])
    found = read.effective(name)
    assert (found.directive if found else None) == directive


@pytest.mark.parametrize(
    ("sources", "script", "style"),
    [
        ("", False, False),
        ("'self'", False, False),
        ("'unsafe-inline'", True, True),
        ("'UNSAFE-inline' https:", True, True),
        ("unsafe-inline", False, False),
        ("'unsafe-inline' 'nonce-YQ'", False, False),
        ("'unsafe-inline' 'sha512-YQ'", False, False),
        ("'unsafe-inline' 'nonce-'", True, True),  # what is no nonce undoes nothing
        ("'unsafe-inline' 'strict-dynamic'", False, True),
        ("'unsafe-hashes' 'sha256-YQ'", False, False),
    ],
)
def test_what_undoes_unsafe_inline(sources: str, script: bool, style: bool):  # noqa: FBT001 - a table
    """W3C CSP 3, 6.7.3.2: a nonce or a hash for both, strict-dynamic for scripts only."""
    (policy,) = parse([f"default-src {sources}"])
    found = policy.effective("script-src-elem")
    assert found is not None
    assert (found.allows_all_inline(is_script=True), found.allows_all_inline(is_script=False)) == (script, style)
