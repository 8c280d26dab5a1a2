"""A process beside this one, for work that would keep this one from its own: asked by number, answered when done.

It ends with this one, however that ends: the pipe between them is all that holds it.
"""

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection, Pipe
from typing import Any

from indexer.collecting import collect_rarely

PROGRAM = "import sys; sys.path[:] = {path!r}; from indexer.beside import serve; serve({descriptor})"

Work = Callable[..., Any]


class Lost(Exception):
    """The process ended before it answered."""


class Beside:
    """make(*arguments) is called there, once; what it returns is called for every ask, each in a thread of its own.

    Whatever goes to and fro is pickled. Not shared between threads. Raises OSError where no process can be had.
    """

    def __init__(self, make: Callable[..., Work], *arguments: Any) -> None:
        self._pipe, theirs = Pipe()
        self._answers: dict[int, tuple[Any, Exception | None]] = {}
        self._asked: set[int] = set()
        self._number = 0
        self._is_ready = False
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-c", PROGRAM.format(path=sys.path, descriptor=theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                process_group=0,  # a key that interrupts us is ours to act on
            )
        with contextlib.suppress(OSError):  # it is gone already, as is_ready will say
            self._pipe.send((make, arguments))

    @property
    def pid(self) -> int:
        return self._process.pid

    def is_ready(self, seconds: float = 0) -> bool:
        """Whether it has started, which takes a while; waits so long for it. Raises Lost."""
        try:
            if not self._is_ready and self._pipe.poll(seconds):
                self._is_ready = self._pipe.recv()
        except (EOFError, OSError) as error:
            raise Lost from error
        return self._is_ready

    def ask(self, *arguments: Any) -> int:
        """Have something done; the number to ask for its answer with. Raises Lost."""
        self._number += 1
        try:
            self._pipe.send((self._number, arguments))
        except OSError as error:
            raise Lost from error
        self._asked.add(self._number)
        return self._number

    def answer(self, number: int) -> Any:
        """What came of an ask, waited for. Raises what the work raised, or Lost."""
        while number not in self._answers:
            try:
                came, found, trouble = self._pipe.recv()
            except (EOFError, OSError) as error:
                raise Lost from error
            if came in self._asked:
                self._answers[came] = found, trouble
        self._asked.discard(number)
        answer, trouble = self._answers.pop(number)
        if trouble:
            raise trouble
        return answer

    def forget(self) -> None:
        """Nothing that was asked for is wanted any more."""
        self._asked.clear()
        self._answers.clear()

    def stop(self) -> None:
        self._pipe.close()
        self._process.kill()
        self._process.wait()


def serve(descriptor: int) -> None:
    """The other side, until the pipe is closed."""
    pipe = Connection(descriptor)
    make, arguments = pipe.recv()
    work: Work = make(*arguments)
    collect_rarely()
    speaking = threading.Lock()

    def answer(number: int, arguments: tuple[Any, ...]) -> None:
        try:
            found: tuple[Any, Exception | None] = work(*arguments), None
        except Exception as trouble:
            found = None, trouble
        try:
            with speaking:
                pipe.send((number, *found))
        except BaseException:
            os._exit(1)  # what cannot be said must not be waited for

    with contextlib.suppress(EOFError, OSError):
        pipe.send(True)
        while True:
            threading.Thread(target=answer, args=pipe.recv(), daemon=True).start()
