"""Ends on the host that guests of a user network talk to."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer

LIMIT_S = 60


@dataclass
class Heard:
    """What came in at a port of the host, whole or not yet."""

    port: int
    text: str = ""
    changed: threading.Condition = field(default_factory=threading.Condition)

    def add(self, content: bytes) -> None:
        with self.changed:
            self.text += content.decode(errors="replace")
            self.changed.notify_all()

    def wait_for(self, text: str) -> bool:
        """Wait until this was heard; say whether it was within the limit of time."""
        with self.changed:
            return self.changed.wait_for(lambda: text in self.text, LIMIT_S)


@contextmanager
def receiving(kind: socket.SocketKind) -> Iterator[Heard]:
    """Receive datagrams, or one stream, while the block lasts."""
    with socket.socket(socket.AF_INET, kind) as end:
        end.bind(("127.0.0.1", 0))
        if kind is socket.SOCK_STREAM:
            end.listen()
        heard = Heard(end.getsockname()[1])
        reader = threading.Thread(target=_read, args=(end, kind, heard))
        reader.start()
        try:
            yield heard
        finally:
            _shut(end, kind, heard.port)
            reader.join()


def _read(end: socket.socket, kind: socket.SocketKind, heard: Heard) -> None:
    if kind is socket.SOCK_DGRAM:
        while content := end.recv(65_535):
            heard.add(content)
        return
    stream, _ = end.accept()
    with stream:
        while content := stream.recv(65_535):
            heard.add(content)


def _shut(end: socket.socket, kind: socket.SocketKind, port: int) -> None:
    """Have the reader end: an empty datagram, or a connection that says nothing, is its end."""
    with socket.socket(socket.AF_INET, kind) as other:
        other.connect(("127.0.0.1", port))
        other.send(b"")


@contextmanager
def serving(page: str) -> Iterator[int]:
    """Serve a page to every request, at this port, while the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(page.encode())))
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()
