"""For whom a request is counted: proxies are believed where they are trusted, and only then."""

from __future__ import annotations

import pytest

from services.access.addresses import client_of, is_secure, networks

TRUSTED = networks("10.0.0.1, 192.168.0.0/16, fd00::/8")


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.9", [], "203.0.113.9"),
        ("203.0.113.9", ["198.51.100.1"], "203.0.113.9"),  # nobody trusts that peer
        ("10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["6.6.6.6, 198.51.100.1"], "198.51.100.1"),  # the left is what the client made up
        ("10.0.0.1", ["6.6.6.6", "198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["198.51.100.1, 192.168.3.4"], "198.51.100.1"),  # two proxies in a row
        ("10.0.0.1", ["198.51.100.1, 203.0.113.7, 192.168.3.4"], "203.0.113.7"),
        ("10.0.0.1", ["192.168.1.1"], "192.168.1.1"),
        ("10.0.0.1", ["unknown"], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.1, <script>"], "10.0.0.1"),
        ("10.0.0.1", [""], "10.0.0.1"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.2", ["198.51.100.1"], "10.0.0.2"),
        ("fd00::1", ["198.51.100.1"], "198.51.100.1"),
        ("::ffff:10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("2001:db8:1:2:3:4:5:6", [], "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", [], "2001:db8:1:2::/64"),
        ("fe80::1%eth0", [], "fe80::/64"),
        (None, ["198.51.100.1"], "unknown"),
        ("a socket", ["198.51.100.1"], "unknown"),
    ],
)
def test_whom_a_request_is_counted_for(peer: str | None, forwarded: list[str], client: str) -> None:
    assert client_of(peer, forwarded, TRUSTED) == client


def test_nobody_is_trusted_unless_told() -> None:
    assert networks("") == networks(" ") == ()
    assert client_of("127.0.0.1", ["198.51.100.1"], ()) == "127.0.0.1"


@pytest.mark.parametrize("text", ["proxy.example", "10.0.0.1/33", "10.0.0.1/8", "10.0.0.1,,10.0.0.2", "*"])
def test_what_is_not_a_network_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        networks(text)


@pytest.mark.parametrize(
    ("scheme", "peer", "told", "secure"),
    [
        ("https", "203.0.113.9", [], True),
        ("http", "203.0.113.9", [], False),
        ("http", "203.0.113.9", ["https"], False),  # nobody trusts that peer
        ("http", "10.0.0.1", ["https"], True),
        ("http", "10.0.0.1", ["HTTPS"], True),
        ("http", "10.0.0.1", ["http"], False),
        ("http", "10.0.0.1", ["https, http"], False),  # the left is what the client made up
        ("http", "10.0.0.1", ["https", "http"], False),
        ("http", "10.0.0.1", [""], False),
        ("http", "10.0.0.1", [], False),
        ("http", None, ["https"], False),
    ],
)
def test_whether_a_request_came_over_tls(scheme: str, peer: str | None, told: list[str], secure: bool) -> None:
    assert is_secure(scheme, peer, told, TRUSTED) is secure
