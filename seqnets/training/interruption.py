"""Signals that stop a run, deferred until the end of a step."""

import contextlib
import signal
import threading
from collections.abc import Iterator

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupted(Exception):
    """A run was asked to stop: it has saved its state, and can be resumed.

    Attributes:
      signal: which asked.
    """

    def __init__(self, message: str, signal: signal.Signals):
        super().__init__(message)
        self.signal = signal


class Watch:
    """What was asked since `watch` began.

    Attributes:
      received: the signal, or None.
    """

    received: signal.Signals | None = None


@contextlib.contextmanager
def watch() -> Iterator[Watch]:
    """Notes SIGTERM and Ctrl-C instead of obeying at once; a second one is obeyed.

    A signal that is ignored stays so, as Ctrl-C in a background job of a script. Only
    the main thread may watch; in another one nothing is held back.
    """
    seen = Watch()
    if threading.current_thread() is not threading.main_thread():
        yield seen
        return

    def note(number, frame):
        del frame
        seen.received = signal.Signals(number)
        restore()

    def restore():
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)

    heeded = [n for n in SIGNALS if signal.getsignal(n) is not signal.SIG_IGN]
    before = {number: signal.signal(number, note) for number in heeded}
    try:
        yield seen
    finally:
        restore()
