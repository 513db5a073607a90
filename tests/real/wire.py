"""A server that answers every connection with the same bytes, and then goes on sending a drop."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import Self

HOST = "127.0.0.1"


class Wire:
    def __init__(self, head: bytes, drop: bytes, pause: float) -> None:
        self.head, self.drop, self.pause = head, drop, pause
        self._listener = socket.create_server((HOST, 0))
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._accept)]

    @property
    def address(self) -> str:
        return f"{HOST}:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        while not self._ended.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(connection,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):  # the client hangs up
            connection.settimeout(10)
            connection.recv(1 << 16)
            connection.sendall(self.head)
            while not self._ended.wait(self.pause):
                connection.sendall(self.drop)
