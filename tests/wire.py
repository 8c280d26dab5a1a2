"""A wire between a client and a server that can be cut: every packet is lost, and nobody is told.

A program that only stops forwarding is no such thing, for its kernel goes on acknowledging. So each of its sockets gets
a filter that drops whatever comes in, acknowledgements and probes included (socket(7), SO_ATTACH_FILTER).
"""

import contextlib
import ctypes
import socket
import struct
from collections.abc import Iterator
from threading import Event, Thread

SO_ATTACH_FILTER, SO_DETACH_FILTER = 26, 27
ACCEPT_NOTHING = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, 0))
"""One instruction of the classic packet filter: return 0, the number of bytes to keep."""
CHUNK_BYTES = 65_536


class Wire:
    """Passes connections on to a loopback port."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._is_whole = Event()
        self._is_whole.set()
        self._ends: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """From here on every packet is lost, those of new connections too."""
        self._is_whole.clear()
        for end in [self._listener, *self._ends]:
            deafen(end)

    def mend(self) -> None:
        """New connections pass. Those of before have lost what they have lost."""
        self._listener.setsockopt(socket.SOL_SOCKET, SO_DETACH_FILTER, 0)
        self._is_whole.set()

    def close(self) -> None:
        for end in [self._listener, *self._ends]:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(("127.0.0.1", self._target))
                self._ends += [near, far]
                for source, sink in ((near, far), (far, near)):
                    sink.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    Thread(target=self._pass_on, args=(source, sink), daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while chunk := source.recv(CHUNK_BYTES):
                if not self._is_whole.is_set():
                    return
                sink.sendall(chunk)
            sink.shutdown(socket.SHUT_WR)


def deafen(end: socket.socket) -> None:
    program = struct.pack("HL", 1, ctypes.addressof(ACCEPT_NOTHING))
    with contextlib.suppress(OSError):
        end.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)


@contextlib.contextmanager
def wire_to(port: int) -> Iterator[Wire]:
    wire = Wire(port)
    try:
        yield wire
    finally:
        wire.close()
