"""Time in processes: deadlines, and pauses."""

import array
import fcntl
import signal
import subprocess
import termios
import time

from support.guests.unix_program import cpu_time_s, guest, line, running


def test_deadlines_are_met():
    with running(guest("c_idle"), stdin=subprocess.PIPE) as process:
        assert line(process) == "ready"
        before_ns = time.monotonic_ns()
        process.stdin.write("tst")
        process.stdin.flush()
        first, slept, second = (line(process).split() for _ in range(3))
        after_ns = time.monotonic_ns()
    assert before_ns <= int(first[2]) <= int(second[2]) <= after_ns
    assert abs(int(first[4]) - time.time_ns()) < 60e9
    assert 0 <= int(slept[2]) - 10**9 < 5 * 10**8


def test_a_pause_loses_no_time_and_burns_none():
    with running(guest("c_idle"), stdin=subprocess.PIPE) as process:
        assert line(process) == "ready"
        started_ns = time.monotonic_ns()
        type_in(process, "s")
        for _ in range(3):
            process.send_signal(signal.SIGSTOP)
            time.sleep(0.3)
            process.send_signal(signal.SIGCONT)
            time.sleep(0.02)
        slept_ns = int(line(process).split()[2])
        assert 10**9 <= slept_ns <= time.monotonic_ns() - started_ns
        assert slept_ns < 1.8e9
        type_in(process, "s")
        process.send_signal(signal.SIGSTOP)
        time.sleep(1.5)
        process.send_signal(signal.SIGCONT)
        assert 1.4e9 < int(line(process).split()[2]) < 3e9
        assert cpu_time_s(process.pid) <= 0.05


def type_in(process, text):
    """Type text, and wait until the guest has read it."""
    process.stdin.write(text)
    process.stdin.flush()
    unread = array.array("i", [1])
    while unread[0]:
        time.sleep(0.02)
        fcntl.ioctl(process.stdin, termios.FIONREAD, unread)
