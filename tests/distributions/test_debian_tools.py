"""Programs that are not installed run out of the cache, and are fetched once."""

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest
from support import debian_tools

from unikernel_toolchain.store import integrity

SERVERS = [
    ("isc-dhcp-server", "/usr/sbin/dhcpd", "--version", "isc-dhcpd-4"),
    ("radvd", "/usr/sbin/radvd", "--version", "Version"),
    ("nghttp2-client", "/usr/bin/h2load", "--version", "h2load nghttp2/1"),
]


@pytest.mark.parametrize(("package", "path", "word", "message"), SERVERS)
def test_a_program_runs_without_being_installed(package, path, word, message):
    found = debian_tools.program(package, path)
    done = subprocess.run(
        [found.path, word], env=found.env, capture_output=True, text=True, timeout=60
    )
    assert message in done.stdout + done.stderr


def test_an_installed_program_is_the_systems():
    assert str(debian_tools.program("dash", "/bin/sh").path) == "/bin/sh"


def test_only_what_is_not_installed_is_fetched():
    planned = "Inst libx [1.0] (1.1 Debian [amd64])\nInst tool (2 Debian [amd64])\nConf tool (2)\n"
    assert debian_tools.new_packages(planned, "tool") == ["libx"]


def pretend_apt(folder, monkeypatch, script):
    """An apt-get and a dpkg-deb of our own, which write down what they are told."""
    for name in ("apt-get", "dpkg-deb"):
        path = folder / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f'#!/bin/sh\necho "{name} $*" >>{folder}/told\n{script[name]}\n')
        path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}/bin:{os.environ['PATH']}")
    monkeypatch.setenv("UNIKERNEL_CACHE", str(folder / "cache"))


UNPACK = 'mkdir -p "$3/usr/bin" "$3/usr/lib"; echo "#!/bin/sh" >"$3/usr/bin/tool"\
; chmod 755 "$3/usr/bin/tool"; echo so >"$3/usr/lib/libx.so.1.0"\
; ln -sf libx.so.1.0 "$3/usr/lib/libx.so.1"; ln -sf /etc/passwd "$3/usr/lib/away"'


def test_fetched_once_by_many_at_once(tmp_path, monkeypatch):
    script = {"apt-get": 'case "$*" in *download*) : >tool_1.deb;; esac', "dpkg-deb": UNPACK}
    pretend_apt(tmp_path, monkeypatch, script)
    with ThreadPoolExecutor(4) as many:
        found = [many.submit(debian_tools.unpacked, "tool") for _ in range(4)]
    (folder,) = {done.result() for done in found}
    assert (tmp_path / "told").read_text().count("download") == 1
    assert (folder / "usr/lib/libx.so.1").read_text() == "so\n"
    assert not (folder / "usr/lib/away").exists()
    assert debian_tools.library_folders(folder) == [str(folder / "usr/lib")]
    assert not integrity.damage(folder)


def test_absent_lists_are_brought_into_the_cache(tmp_path, monkeypatch):
    script = 'case "$*" in *update*) exit 0;; *lists=*download*) : >tool_1.deb; exit 0;; esac\
; case "$*" in *lists=*) exit 0;; esac; echo "E: Unable to locate package" >&2; exit 100'
    pretend_apt(tmp_path, monkeypatch, {"apt-get": script, "dpkg-deb": UNPACK})
    folder = debian_tools.unpacked("tool")
    assert (folder / "usr/bin/tool").exists()
    told = (tmp_path / "told").read_text()
    assert f"Dir::State::lists={tmp_path}/cache/tools/apt/lists" in told


def test_what_cannot_be_had_is_said(tmp_path, monkeypatch):
    refuse = {"apt-get": "echo no network >&2; exit 100", "dpkg-deb": "exit 1"}
    pretend_apt(tmp_path, monkeypatch, refuse)
    with pytest.raises(pytest.skip.Exception, match=r"tool cannot be had: .*no network"):
        debian_tools.program("tool", "/usr/bin/no-such-tool")
