"""cohttp in a guest, by its device and over conduit: kept-alive connections, HEAD, chunks."""

import http.client

import pytest
from support.networks.impairment import GUEST, why_not
from support.networks.net_services import served
from support.platforms import ABOVE_STACKS

PATIENCE_S = 60

pytestmark = [
    pytest.mark.boot,
    pytest.mark.skipif(bool(why_not()), reason=why_not() or "a link can be had"),
]


def ask(connection, method, path, body=None, **choices):
    """Return status, body and header of an answer over this connection."""
    connection.request(method, path, body, **choices)
    answer = connection.getresponse()
    return answer.status, answer.read(), answer.headers


@pytest.mark.parametrize("platform", ABOVE_STACKS)
def test_requests_over_one_connection(platform):
    with served(name="ocaml_net_web", platform=platform) as (link, _):
        for port in (80, 8080):
            connection = http.client.HTTPConnection(GUEST, port, timeout=PATIENCE_S)
            with link.host():
                connection.connect()
            local = connection.sock.getsockname()
            status, body, headers = ask(connection, "GET", "/")
            assert (status, body, headers["content-length"]) == (200, b"hello", "5")
            status, body, headers = ask(connection, "HEAD", "/")
            assert (status, body, headers["content-length"]) == (200, b"", "5")
            assert ask(connection, "HEAD", "/chunked")[:2] == (200, b"")
            status, body, headers = ask(connection, "GET", "/chunked")
            assert (status, body) == (200, b"first, second")
            assert headers["transfer-encoding"] == "chunked"
            assert ask(connection, "POST", "/echo", b"x" * 100_000)[:2] == (200, b"x" * 100_000)
            pieces = iter([b"in ", b"chunks"])
            assert ask(connection, "POST", "/echo", pieces, encode_chunked=True)[1] == b"in chunks"
            assert connection.sock.getsockname() == local
            connection.close()
