"""The sample configurations of proxies: whole, and in agreement with what the service does."""

from __future__ import annotations

import re

import pytest

from services.access.admission import Admission
from services.api.streams import HEARTBEAT_SECONDS
from services.operations.settings import Settings
from tests.documentation.reading import blocks

SAMPLES = {block.language: block.text for block in blocks("docs/proxy.md") if block.language in ("nginx", "caddy")}
NGINX, CADDY = SAMPLES["nginx"], SAMPLES["caddy"]
IDLE_SECONDS = 5
"""After how long the service closes a connection on which nothing is asked."""


def location(path: str) -> str:
    """What nginx is told about a place."""
    found = re.search(rf"location (?:= )?{re.escape(path)} {{(.*?)\n    }}", NGINX, re.DOTALL)
    assert found is not None, path
    return found[1]


def seconds(name: str, text: str) -> int:
    found = re.search(rf"\b{name}\s+(\d+)(s|m|h)\b", text)
    assert found is not None, name
    return int(found[1]) * {"s": 1, "m": 60, "h": 3600}[found[2]]


@pytest.mark.parametrize("sample", SAMPLES)
def test_every_brace_is_closed_and_every_directive_is_ended(sample: str) -> None:
    depth = 0
    for line in SAMPLES[sample].splitlines():
        told = line.partition("#")[0].strip()
        told = re.sub(r"{[\w.]+}", "", told)  # a placeholder of Caddy
        depth += told.count("{") - told.count("}")
        assert depth >= 0, line
        if sample == "nginx" and told:
            assert told.endswith((";", "{", "}")), line
    assert depth == 0


@pytest.mark.parametrize("sample", SAMPLES)
def test_the_proxy_asks_where_the_service_listens(sample: str) -> None:
    default = {name: field.default for name, field in Settings.model_fields.items()}
    assert f"{default['host']}:{default['port']}" in SAMPLES[sample]


def test_the_largest_body_is_that_of_the_service() -> None:
    assert Admission().body_bytes == 10_000_000
    assert re.search(r"client_max_body_size +10m;", NGINX)
    assert "max_size 10MB" in CADDY


@pytest.mark.parametrize("path", ["/", "/v1/log/stream"])
def test_the_address_of_a_client_is_what_the_proxy_sees_and_not_what_the_client_says(path: str) -> None:
    assert re.search(r"proxy_set_header +X-Forwarded-For \$remote_addr;", location(path))
    assert "$proxy_add_x_forwarded_for" not in NGINX
    assert "header_up X-Forwarded-For {remote_host}" in CADDY


def test_the_service_is_told_whether_a_page_came_over_tls_and_for_which_host() -> None:
    assert re.search(r"proxy_set_header +X-Forwarded-Proto \$scheme;", location("/"))
    assert re.search(r"proxy_set_header +Host \$http_host;", location("/"))
    assert "header_up X-Forwarded-Proto {scheme}" in CADDY


def test_streams_are_not_buffered_and_are_waited_for_longer_than_they_are_silent() -> None:
    assert re.search(r"proxy_buffering +off;", location("/v1/log/stream"))
    assert seconds("proxy_read_timeout", location("/v1/log/stream")) > 2 * HEARTBEAT_SECONDS
    assert "flush_interval -1" in CADDY
    assert "read_timeout" not in CADDY.partition("transport http")[2]


def test_what_the_proxy_keeps_open_is_given_up_before_the_service_closes_it() -> None:
    upstream = NGINX[NGINX.index("upstream") : NGINX.index("server {")]
    assert seconds("keepalive_timeout", upstream) < IDLE_SECONDS
    assert seconds("keepalive", CADDY) < IDLE_SECONDS


def test_slow_headers_and_plain_http_end_at_the_proxy() -> None:
    assert seconds("client_header_timeout", NGINX) <= 10
    assert seconds("read_header", CADDY) <= 10
    assert "listen 443 ssl;" in NGINX
    assert "return 301 https://" in NGINX
    assert "TLSv1.1" not in NGINX


def test_metrics_are_not_passed_on() -> None:
    assert "return 404;" in location("/metrics")
    assert "respond /metrics 404" in CADDY
