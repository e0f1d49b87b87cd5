"""Remarks are shown once: in a process, or since the host booted."""

import pytest

from unikernel.frontends import notices
from unikernel.machines.qemu import hypervisor
from unikernel_toolchain.messages import os_errors

REMARK = "Guests run slowly."


@pytest.fixture
def process(tmp_path, monkeypatch):
    """Begin a process anew, on a host that booted as named."""
    monkeypatch.setenv(os_errors.CACHE, str(tmp_path / "cache"))

    def begin(boot="first"):
        monkeypatch.setattr(notices, "_shown", set())
        monkeypatch.setattr(hypervisor, "host_boot", lambda: boot)

    begin()
    return begin


def test_a_process_is_told_once(process):
    assert [notices.once(REMARK), notices.once(REMARK)] == [REMARK, ""]
    process()
    assert notices.once(REMARK) == REMARK


def test_a_host_is_told_once_a_boot(process):
    shown = notices.once_a_boot(REMARK)
    assert shown.startswith(REMARK)
    assert "unikernel doctor" in shown
    assert notices.once_a_boot(REMARK) == ""
    process()
    assert notices.once_a_boot(REMARK) == ""
    assert notices.once_a_boot("Another.").startswith("Another.")
    assert notices.once_a_boot("") == ""
    process(boot="second")
    assert notices.once_a_boot(REMARK).startswith(REMARK)


@pytest.mark.parametrize("record", ["", "[]", '{"boot": "first", "shown": 3}', "\0"])
def test_a_record_that_cannot_be_read_is_none(process, tmp_path, record):
    (tmp_path / "cache").mkdir(mode=0o700)
    (tmp_path / "cache/notices.json").write_text(record)
    assert notices.once_a_boot(REMARK).startswith(REMARK)
    process()
    assert notices.once_a_boot(REMARK) == ""


def test_where_nothing_can_be_kept_each_process_is_told(process, tmp_path):
    (tmp_path / "cache").write_text("in the way")
    assert notices.once_a_boot(REMARK).startswith(REMARK)
    assert notices.once_a_boot(REMARK) == ""
    process()
    assert notices.once_a_boot(REMARK).startswith(REMARK)
