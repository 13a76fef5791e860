"""The demo's processes under one supervisor: honcho, with three promises added.

1. Nothing is left behind, even after `kill -9` of the supervisor or a closed terminal.
2. Whatever stops the supervisor, asked or not, stops everything within seconds.
3. The exit code is 0 only if somebody asked for the stop.
"""

import os
import signal
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.connection import wait
from multiprocessing.process import parent_process
from shlex import join
from types import FrameType
from typing import Any

from honcho.manager import Manager
from honcho.printer import Message, Printer
from honcho.process import Process

_GRACE_SECONDS = 5.0
_ASKED_TO_STOP = (128 + signal.SIGINT, 128 + signal.SIGTERM)
_BANNER = "banner"


class Supervisor(Manager):  # type: ignore[misc]
    """Runs commands together: they start together, and when one ends, all do.

    `banner` is called in a thread once all have started; the text that it returns is printed
    without a prefix. It may wait, and should give up when the function it gets says so.
    """

    def __init__(self, banner: Callable[[Callable[[], bool]], str]) -> None:
        super().__init__(_Printer())
        self._process_ctor = _Leashed
        self._banner = banner
        self._stop_wanted = False

    def add(self, name: str, command: Sequence[str], env: Mapping[str, str]) -> None:
        """One more process, to be started by `run`."""
        # exec: the process that gets our signals is the command, not a shell around it.
        self.add_process(name, f"exec {join(command)}", env=dict(env))

    def run(self) -> int:
        """Start all and wait for their end; the exit code."""
        try:
            self.loop()
        finally:
            # Reached with processes alive only if our own output broke, e.g. `| head`.
            self._end_all()
        code = int(self.returncode or 0)
        if code in _ASKED_TO_STOP:
            return 0
        return 128 - code if code < 0 else code or 1

    def terminate(self) -> None:
        """Ask all to stop. Those that do not within seconds are made to.

        honcho knows a process's id only when its helper has told it, so a stop that is asked for
        during the start waits until all have.
        """
        self._stop_wanted = True
        if self._terminating or not super()._all_started():
            return
        super().terminate()
        timer = threading.Timer(_GRACE_SECONDS, self.kill)
        timer.daemon = True
        timer.start()

    def _all_started(self) -> bool:
        started = bool(super()._all_started())
        if started and self._stop_wanted and not self._terminating:
            self.terminate()
        return started

    def _start(self) -> None:
        super()._start()
        threading.Thread(target=self._announce, daemon=True).start()

    def _announce(self) -> None:
        text = self._banner(lambda: self._stop_wanted)
        if text:
            self.events.put(Message("line", text, self._clock.now(), _BANNER, None))

    def _end_all(self) -> None:
        for process in self._processes.values():
            if (pid := process.get("pid")) and "returncode" not in process:
                self._procmgr.kill(pid)
            if helper := process.get("process"):
                helper.kill()


class _Printer(Printer):  # type: ignore[misc]
    """Lines with time and name before them, but the banner as it is."""

    _is_writing = False

    def write(self, message: Any) -> None:
        if self._is_writing:
            # honcho's signal handler reports in the middle of a line, and Python's streams do
            # not stand that. The stop itself matters, not the word about it.
            return
        self._is_writing = True
        try:
            if message.name == _BANNER:
                print(message.data, file=self.output, flush=True)
            else:
                super().write(message)
        finally:
            self._is_writing = False


class _Leashed(Process):  # type: ignore[misc]
    """A process that does not outlive the supervisor.

    honcho gives each command a helper process of its own, which reads the command's output. The
    helper also watches a pipe that only the supervisor holds open: its end is the supervisor's
    end, however that came, and it needs nothing that only one operating system has.
    """

    def run(self, events: Any = None, ignore_signals: bool = False) -> None:
        # Ctrl-C and a closed terminal reach every process of the group; the helper must stay
        # until its command has ended. A handler, unlike SIG_IGN, is not inherited by the command.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
            signal.signal(number, _stay)
        threading.Thread(target=self._end_with_supervisor, daemon=True).start()
        super().run(events, ignore_signals)

    def _end_with_supervisor(self) -> None:
        supervisor = parent_process()
        if supervisor is None:
            return
        wait([supervisor.sentinel])
        while self._child is None:  # the supervisor died while the command was being started
            time.sleep(0.01)
        self._signal(signal.SIGTERM)
        deadline = time.monotonic() + _GRACE_SECONDS
        while self._child.returncode is None and time.monotonic() < deadline:
            self._child.poll()
            time.sleep(0.05)
        self._signal(signal.SIGKILL)
        os._exit(1)

    def _signal(self, number: signal.Signals) -> None:
        """To the command and its children, which share a process group."""
        try:
            os.killpg(self._child.pid, number)
        except (ProcessLookupError, PermissionError):
            return


def _stay(_number: int, _frame: FrameType | None) -> None:
    return
