"""How much memory a process and all that it started take at most: sampled from outside."""

import threading
from types import TracebackType
from typing import Self

import psutil

INTERVAL_S = 0.2


class Peak:
    """As a context, the largest sum of proportional set sizes seen; `mib` is that."""

    def __init__(self, pid: int) -> None:
        self.mib = 0
        self._top = psutil.Process(pid)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def _watch(self) -> None:
        while not self._over.wait(INTERVAL_S):
            self.mib = max(self.mib, self._taken_bytes() >> 20)

    def _taken_bytes(self) -> int:
        try:
            processes = [self._top, *self._top.children(recursive=True)]
        except psutil.NoSuchProcess:
            return 0
        return sum(map(_pss_bytes, processes))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()


def _pss_bytes(process: psutil.Process) -> int:
    try:
        return int(process.memory_full_info().pss)
    except psutil.Error:  # it ended meanwhile
        return 0
