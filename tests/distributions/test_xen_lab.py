"""The Xen lab of another release: its packages, restored by this host's QEMU."""

import pytest

from unikernel.errors import PackageUnavailable
from unikernel.host import event_loop
from unikernel.host.distribution.packages import Apt
from unikernel.machines.xen.lab import choice, snapshot
from unikernel.machines.xen.lab.lab import Lab
from unikernel_toolchain.tools.run import Stop

pytestmark = [pytest.mark.slow, pytest.mark.asked, pytest.mark.boot]

KEY = "/usr/share/keyrings/debian-archive-keyring.gpg"
TIME_LIMIT_S = 600


@pytest.fixture(params=["trixie"])
def release(request, tmp_path, monkeypatch):
    """A cache of this test's own, and packages of a release."""
    (tmp_path / "apt" / "lists" / "partial").mkdir(parents=True)
    (tmp_path / "apt" / "archives" / "partial").mkdir(parents=True)
    sources = tmp_path / "sources.list"
    sources.write_text(f"deb [signed-by={KEY}] http://deb.debian.org/debian {request.param} main\n")
    options = (
        f"Dir::Etc::sourcelist={sources}",
        "Dir::Etc::sourceparts=/dev/null",
        f"Dir::State::lists={tmp_path}/apt/lists",
        "Dir::State::status=/dev/null",
        f"Dir::Cache={tmp_path}/apt",
    )
    apt = Apt((*Apt().options, *(word for option in options for word in ("-o", option))))
    try:
        apt.update()
    except PackageUnavailable as why:
        pytest.skip(f"no package lists of {request.param}: {why.detail}")
    chosen = choice._choose(apt)
    monkeypatch.setenv("UNIKERNEL_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(snapshot, "choose", lambda _: chosen)
    return chosen


def test_another_release_s_xen_is_made_and_restored(release):
    async def run():
        lab = await Lab.restored()
        try:
            return (await lab.dom0.run(("xl", "info"))).output.decode()
        finally:
            await lab.close()

    info = event_loop.call(run(), timeout_s=TIME_LIMIT_S)
    major, minor, *_ = release.xen_version.split(".")
    assert f"xen_major              : {major}\n" in info
    assert f"xen_minor              : {minor}\n" in info
    assert choice.choose(Stop()).versions != release.versions  # this host's is another
