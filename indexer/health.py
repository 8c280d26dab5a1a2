"""Probes and metrics over HTTP, beside the loop: /livez, /readyz, /metrics. Reads only, and needs no one's leave."""

import json
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from socketserver import TCPServer, ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from prometheus_client import make_wsgi_app

from indexer.metrics import Metrics
from indexer.vitals import Vitals

CLIENT_SECONDS_MAX = 10
STOP_POLL_SECONDS = 0.05


@dataclass(frozen=True)
class HostPort:
    """Where to listen; port 0 is any that is free."""

    host: str
    port: int


class Server(ThreadingMixIn, WSGIServer):
    """A thread a request, which ends with the process."""

    daemon_threads = True

    def server_bind(self) -> None:
        """As HTTPServer's own, without its look-up of our name, which takes seconds where there is no DNS."""
        TCPServer.server_bind(self)
        host, self.server_port = self.server_address[:2]
        self.server_name = str(host)
        self.setup_environ()


class ServerV6(Server):
    address_family = socket.AF_INET6


class Handler(WSGIRequestHandler):
    """Writes no line for a request, and does not wait for ever for one."""

    timeout = CLIENT_SECONDS_MAX

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving(where: HostPort, vitals: Vitals, metrics: Metrics) -> Iterator[str]:
    """Answer in a thread of its own; yields the address. Raises OSError where the port cannot be had."""
    server = (ServerV6 if ":" in where.host else Server)((where.host, where.port), Handler)
    server.set_app(app(vitals, metrics))
    thread = threading.Thread(target=server.serve_forever, args=(STOP_POLL_SECONDS,), daemon=True, name="health")
    thread.start()
    try:
        host = f"[{where.host}]" if ":" in where.host else where.host
        yield f"http://{host}:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def app(vitals: Vitals, metrics: Metrics) -> WSGIApplication:
    """The three addresses."""
    show_metrics: WSGIApplication = make_wsgi_app(metrics.registry)
    probes = {"/livez": vitals.why_dead, "/readyz": vitals.why_unready}

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path == "/metrics":
            return show_metrics(environ, start_response)
        if path in probes:
            return probe(probes[path], vitals, start_response)
        return text("404 Not Found", {"error": "there are /livez, /readyz and /metrics"}, start_response)

    return answer


def probe(why_not: Callable[[], str | None], vitals: Vitals, start_response: StartResponse) -> Iterable[bytes]:
    """200, or 503 and the reason; with the state in both."""
    reason = why_not()
    said = {"state": vitals.state, **({"reason": reason} if reason else {})}
    return text("503 Service Unavailable" if reason else "200 OK", said, start_response)


def text(status: str, values: dict[str, str], start_response: StartResponse) -> Iterable[bytes]:
    body = json.dumps(values).encode() + b"\n"
    start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


def host_port(words: str) -> HostPort:
    """Raises ValueError unless it is HOST:PORT, [IPv6]:PORT or :PORT, which is every address of this machine."""
    host, colon, port = words.rpartition(":")
    host = host.removeprefix("[").removesuffix("]") if host.startswith("[") else host
    if not colon or not port.isdecimal() or int(port) > 65_535:
        raise ValueError(f"an address like 127.0.0.1:9464 is wanted, not {words!r}")
    return HostPort(host or "0.0.0.0", int(port))
