import pytest

from unikernel.guest.trace import Ending, EndingKind
from unikernel.machines.process import exits as process_exits
from unikernel.machines.qemu.exits import Evidence, exit_of
from unikernel.model.state import Cause, Exit


def debug_exit(value):
    return value << 1 | 1


@pytest.mark.parametrize(
    ("evidence", "expected"),
    [
        # the guest's own word counts first
        (
            Evidence(debug_exit(123), Ending(EndingKind.EXIT, 200)),
            Exit(Cause.EXIT, 200),
        ),
        (
            Evidence(debug_exit(127), Ending(EndingKind.ABORT, 255), "canary"),
            Exit(Cause.ABORT, 255, "canary"),
        ),
        (
            Evidence(-9, Ending(EndingKind.FAULT, 255), "page fault", stop_requested=True),
            Exit(Cause.FAULT, 255, "page fault"),
        ),
        # then QEMU's status
        (Evidence(debug_exit(0)), Exit(Cause.EXIT, 0)),
        (Evidence(debug_exit(2)), Exit(Cause.EXIT, 2)),
        (Evidence(debug_exit(126)), Exit(Cause.FAULT)),
        (Evidence(debug_exit(127)), Exit(Cause.ABORT)),
        (Evidence(0, shutdown_reason="guest-shutdown"), Exit(Cause.EXIT, 0)),
        # we, or another process of ours, ended it
        (Evidence(-9, stop_requested=True), Exit(Cause.STOPPED)),
        (Evidence(0, shutdown_reason="host-qmp-quit"), Exit(Cause.STOPPED)),
    ],
)
def test_endings(evidence, expected):
    assert exit_of(evidence) == expected


@pytest.mark.parametrize("reason", ["guest-reset", ""])
def test_a_reset_nobody_asked_for_is_a_triple_fault(reason):
    assert exit_of(Evidence(0, shutdown_reason=reason)).cause is Cause.TRIPLE_FAULT


@pytest.mark.parametrize(
    ("evidence", "message"),
    [
        (Evidence(-9), "SIGKILL"),
        (Evidence(-11), "SIGSEGV"),
        (Evidence(-63), "signal 63"),
        (Evidence(0, shutdown_reason="host-signal"), "signal"),
        (Evidence(1, errors="warned\nqemu: no such device"), "no such device"),
        (Evidence(2), "status 2"),
    ],
)
def test_a_hypervisor_that_went_away_is_lost(evidence, message):
    ended = exit_of(evidence)
    assert ended.cause is Cause.LOST
    assert message in ended.message


@pytest.mark.parametrize(
    ("evidence", "expected"),
    [
        (Evidence(123, Ending(EndingKind.EXIT, 200)), Exit(Cause.EXIT, 200)),
        (Evidence(-9, Ending(EndingKind.EXIT, 0), stop_requested=True), Exit(Cause.EXIT, 0)),
        (Evidence(0), Exit(Cause.EXIT, 0)),
        (Evidence(64), Exit(Cause.EXIT, 64)),
        (Evidence(126), Exit(Cause.FAULT)),
        (Evidence(127), Exit(Cause.ABORT)),
        (Evidence(-9, stop_requested=True), Exit(Cause.STOPPED)),
        (Evidence(-15), Exit(Cause.STOPPED)),
        (Evidence(-9), Exit(Cause.LOST, message="the process was killed by SIGKILL")),
        (Evidence(64, errors="unikernel: no tap"), Exit(Cause.LOST, message="no tap")),
    ],
)
def test_endings_of_a_process(evidence, expected):
    assert process_exits.exit_of(evidence) == expected


def test_exit_reads_well():
    assert str(Exit(Cause.EXIT, 0)) == "exited, status 0"
    assert str(Exit(Cause.EXIT, 3)) == "failed, status 3"
    assert str(Exit(Cause.EXIT, 63)) == "showed its help, status 63"
    assert str(Exit(Cause.FAULT, 255, "page fault")) == "fault: page fault"
