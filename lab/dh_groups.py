# SPDX-License-Identifier: EUPL-1.2
"""The Diffie-Hellman groups that servers of the lab send, by the names that the scenario has for them."""

from collections.abc import Mapping

# Two that nobody else has (by ``openssl dhparam``), and two of RFC 7919.
DH_GROUPS: Mapping[str, str] = {
    "own-1024": """\
-----BEGIN DH PARAMETERS-----
MIGHAoGBAOAyXBKE16GoFyTrnX82ON8pxI2E2HV+ul92evt4Dfg6bFcjYBRvodaq
SRtiy1VJ0GyuBTFGR02PeXMSJ7qTCWK2CNB1Wi0V/x7NB9L4nsw2399H6S4Mwg18
xKwFXRzTvPkEv9SY7S+sOYhgAwlV44X7R15rqA3W0HKiIX+jeBaXAgEC
-----END DH PARAMETERS-----
""",
    "own-2048": """\
-----BEGIN DH PARAMETERS-----
MIIBCAKCAQEAuBaiqNmE1a2wH7iozJoFWM+YOzXsRNGaedRL/fsPEJeiOP+SY2Hv
8QA9pe/CQnXHmU7G2mGsniflFNw/P+LJ3wgqKRHJtkEivtttrv9YSAs2trJrEIQG
xUjtDXRSZkBPhiaIoMlpO+StsFqB+d6GAxAUCFmhuOo4EQNRtfKG2T9NwkmkgTzM
hPi0N0LMyBhgRG33cJ6u4G4B6ytn5SsIAfQWCnEMiywhn4mosB9PyS48+e6xODsu
TJSWvUdo5H7MbGvijAoJATpKoPQ8+Gb7ppT3aDz3iIIWjQiOTUCjCONyk48YBxoW
NCNtQb+Dn+A/wxh9BjJ+bb9lzdIX0TiRVwIBAg==
-----END DH PARAMETERS-----
""",
    "ffdhe2048": """\
-----BEGIN DH PARAMETERS-----
MIIBCAKCAQEA//////////+t+FRYortKmq/cViAnPTzx2LnFg84tNpWp4TZBFGQz
+8yTnc4kmz75fS/jY2MMddj2gbICrsRhetPfHtXV/WVhJDP1H18GbtCFY2VVPe0a
87VXE15/V8k1mE8McODmi3fipona8+/och3xWKE2rec1MKzKT0g6eXq8CrGCsyT7
YdEIqUuyyOP7uWrat2DX9GgdT0Kj3jlN9K5W7edjcrsZCwenyO4KbXCeAvzhzffi
7MA0BM0oNC9hkXL+nOmFg/+OTxIy7vKBg8P+OxtMb61zO7X8vC7CIAXFjvGDfRaD
ssbzSibBsu/6iGtCOGEoXJf//////////wIBAg==
-----END DH PARAMETERS-----
""",
    "ffdhe3072": """\
-----BEGIN DH PARAMETERS-----
MIIBiAKCAYEA//////////+t+FRYortKmq/cViAnPTzx2LnFg84tNpWp4TZBFGQz
+8yTnc4kmz75fS/jY2MMddj2gbICrsRhetPfHtXV/WVhJDP1H18GbtCFY2VVPe0a
87VXE15/V8k1mE8McODmi3fipona8+/och3xWKE2rec1MKzKT0g6eXq8CrGCsyT7
YdEIqUuyyOP7uWrat2DX9GgdT0Kj3jlN9K5W7edjcrsZCwenyO4KbXCeAvzhzffi
7MA0BM0oNC9hkXL+nOmFg/+OTxIy7vKBg8P+OxtMb61zO7X8vC7CIAXFjvGDfRaD
ssbzSibBsu/6iGtCOGEfz9zeNVs7ZRkDW7w09N75nAI4YbRvydbmyQd62R0mkff3
7lmMsPrBhtkcrv4TCYUTknC0EwyTvEN5RPT9RFLi103TZPLiHnH1S/9croKrnJ32
nuhtK8UiNjoNq8Uhl5sN6todv5pC1cRITgq80Gv6U93vPBsg7j/VnXwl5B0rZsYu
N///////////AgEC
-----END DH PARAMETERS-----
""",
}
