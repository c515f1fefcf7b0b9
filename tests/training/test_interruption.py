"""One signal is held back, in the main thread, while a watch lasts."""

import os
import signal
import threading

import pytest

from seqnets.training.interruption import watch

pytestmark = pytest.mark.usefixtures("signals")


def test_a_second_signal_is_not_held_back():
    with pytest.raises(KeyboardInterrupt), watch() as signals:
        os.kill(os.getpid(), signal.SIGINT)
        assert signals.received == signal.SIGINT
        os.kill(os.getpid(), signal.SIGINT)


def test_a_signal_that_is_ignored_stays_ignored():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with watch() as signals:
        os.kill(os.getpid(), signal.SIGINT)
        assert signals.received is None
        os.kill(os.getpid(), signal.SIGTERM)
        assert signals.received == signal.SIGTERM
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def test_other_threads_hold_no_signals_back():
    def enter():
        with watch() as signals:
            seen.append((signals.received, signal.getsignal(signal.SIGTERM)))

    seen, before = [], signal.getsignal(signal.SIGTERM)
    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    assert seen == [(None, before)]
