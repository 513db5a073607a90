"""The program as a file that scripts can start, for a fraction of what its imports take.

The file is a few lines of Python: it hands its folder, streams, arguments and environment to a
process that has imported the program already (see `forked`), and ends as the fork ends.
"""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import socket
import sys
import tempfile
from contextlib import suppress
from functools import cache
from multiprocessing import parent_process
from pathlib import Path
from select import select
from typing import Final

from tests.real import forked

_FILE: Final = """\
#!{python} -IS
import os, sys
from _socket import AF_UNIX, SCM_RIGHTS, SOL_SOCKET, SOCK_STREAM, socket
answer = socket(AF_UNIX, SOCK_STREAM)
answer.connect({server!r})
told = [b"%d" % len(sys.argv), *map(os.fsencode, sys.argv)]
told = b"\\0".join(told + [name + b"=" + value for name, value in os.environb.items()])
folder = os.open(".", os.O_RDONLY)
streams = b"".join(fd.to_bytes(4, sys.byteorder) for fd in (0, 1, 2, folder))
answer.sendmsg([len(told).to_bytes(4, "big")], [(SOL_SOCKET, SCM_RIGHTS, streams)])
answer.sendall(told)
sys.exit((answer.recv(1) or b"\\xff")[0])
"""


def put(file: Path) -> None:
    """Make the file, which this environment's Python runs."""
    file.write_text(_FILE.format(python=sys.executable, server=_server()), "utf-8")
    file.chmod(0o755)


@cache
def _server() -> str:
    """The socket of a process that ends with this one."""
    folder = Path(tempfile.mkdtemp(prefix="quick-"))
    atexit.register(shutil.rmtree, folder)
    listening = folder / "socket"
    process = forked.FORKS.Process(target=_serve, args=(listening,), daemon=True)
    process.start()
    while not listening.exists():
        process.join(0.01)
        assert process.exitcode is None
    return str(listening)


def _serve(place: Path) -> None:
    parent = parent_process()
    assert parent is not None
    with socket.socket(socket.AF_UNIX) as listening:
        opening = place.with_suffix(".new")
        listening.bind(str(opening))
        listening.listen()
        opening.rename(place)
        number = listening.fileno()
        while number in select([number, parent.sentinel], [], [])[0]:
            with suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
            asked, _ = listening.accept()
            with asked:
                if os.fork() == 0:
                    listening.close()
                    _answer(asked)


def _answer(asked: socket.socket) -> None:
    """Run the program and say how it ended; end it if nobody waits for it any more."""
    length, streams, _, _ = socket.recv_fds(asked, 4, 4)
    with asked.makefile("rb") as rest:
        told = rest.read(int.from_bytes(length, "big"))
    child = os.fork()
    if child == 0:
        asked.close()
        os._exit(_become(told, streams))
    with suppress(OSError):
        ended = os.pidfd_open(child)
        if ended not in select([asked.fileno(), ended], [], [])[0]:
            os.kill(child, signal.SIGKILL)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        asked.sendall(bytes([code % 256]))
    os._exit(0)


def _become(told: bytes, streams: list[int]) -> int:
    count, *words = map(os.fsdecode, told.split(b"\0"))
    command, variables = words[: int(count)], words[int(count) :]
    for number, stream in enumerate(streams[:3]):
        os.dup2(stream, number)
    os.fchdir(streams[3])
    for stream in streams:
        os.close(stream)
    code = 1
    try:
        pairs = (variable.partition("=") for variable in variables)
        forked.begin(command, {name: value for name, _, value in pairs})
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0
    for printed in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            printed.flush()
    return code
