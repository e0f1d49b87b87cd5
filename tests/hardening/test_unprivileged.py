"""In a container without privileges: a web server as a process, built and run by `nobody`.

There is no KVM and no tap, no capability can be had, and no user namespace is made.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

import pytest
from support import ROOT

from unikernel.baseline import namespace

APART = ("unshare", "--mount", "--pid", "--ipc", "--net", "--fork", "--mount-proc")


def why_not():
    """Why no container can be made here; "" when one can."""
    if reason := namespace.why_not():
        return reason
    return subprocess.run([*APART, "true"], capture_output=True, text=True).stderr.strip()


pytestmark = [
    pytest.mark.boot,
    pytest.mark.skipif(bool(why_not()), reason=f"making a container: {why_not()}"),
]

NOBODY = 65534
TIME_LIMIT_S = 180  # the library OS is built too
PAGE = "<h1>Hello from nobody</h1>"
WEB = f"""
module Http = Http_server.Make (Stack)
let start stack =
  print_endline "ready";
  Http.serve stack [ ("/", Http_response.page "{PAGE}") ]
"""
DEVICES = "null zero full random urandom"
# Words: the folder, the user, and the command.
CONTAINER = f"""
ip link set lo up
cd "$0"
for what in python site project; do mount --bind "$(cat $what.is)" $what; done
mkdir dev
for name in {DEVICES}; do touch dev/$name; mount --bind /dev/$name dev/$name; done
mount --rbind dev /dev
cd home
user=$1
shift
exec setpriv --reuid $user --regid $user --clear-groups --no-new-privs --inh-caps=-all \
    --bounding-set=-all "$@"
"""
API = f"""
import os, subprocess, unikernel
assert not os.path.exists("/dev/kvm") and not os.path.exists("/dev/net")
assert os.geteuid() == {NOBODY}
image = unikernel.build(
    open("web.ml").read(),
    name="web", target="unix", packages=["unikernel-apps.http"], nets=["service"],
)
with unikernel.boot(image, ports=["0:80"]) as vm:
    vm.console.expect("ready", timeout_s=30)
    assert os.readlink(f"/proc/{{vm.pid}}/ns/user") == os.readlink("/proc/self/ns/user")
    url = f"http://127.0.0.1:{{vm.ports[0].host_port}}/"
    subprocess.run(["curl", "-sS", "--max-time", "30", url], check=True)
"""
COMMAND = """
unikernel() { "$PYTHON" -m unikernel.frontends.terminal.cli "$@"; }
unikernel build web web.ml -t unix --package unikernel-apps.http --net service >&2
unikernel boot web -p 8080:80 --detach >&2
curl -sS --max-time 30 --retry 30 --retry-all-errors http://127.0.0.1:8080/
unikernel logs web >&2
unikernel stop web >&2
"""


@pytest.fixture(scope="module")
def container():
    """Run a command as nobody, with this project at hand; its cache lasts for the module."""
    folder = Path(tempfile.mkdtemp(prefix="uk-test-"))
    places = {"python": sys.base_prefix, "site": sysconfig.get_path("purelib"), "project": ROOT}
    for name, place in places.items():
        (folder / name).mkdir()
        (folder / f"{name}.is").write_text(str(place))
    (folder / "home").mkdir()
    (folder / "home/web.ml").write_text(WEB)
    os.chown(folder / "home", NOBODY, NOBODY)
    folder.chmod(0o755)

    def run(*command):
        done = subprocess.run(
            [*APART, "sh", "-euc", CONTAINER, folder, str(NOBODY), *command],
            env=environment(folder),
            capture_output=True,
            text=True,
            timeout=TIME_LIMIT_S,
        )
        shutil.rmtree(folder / "dev", ignore_errors=True)  # the shell's own words matter
        return done

    yield run
    for name in places:
        (folder / name).rmdir()  # should anything still be bound there, it stays
    shutil.rmtree(folder)


def environment(folder):
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    project = folder / "project"
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
        "PYTHON": str(folder / f"python/bin/python{version}"),
        "PYTHONPATH": f"{project}/kernel_ext:{project}/toolchain:{folder}/site",
        "PYTHONDONTWRITEBYTECODE": "1",
        "LD_LIBRARY_PATH": str(folder / "python/lib"),
        "HOME": str(folder / "home"),
    }


def test_the_python_interface_serves_a_page(container):
    done = container("sh", "-euc", '"$PYTHON" -c "$0"', API)
    assert (done.stdout, done.returncode) == (PAGE, 0), done.stderr


def test_the_command_serves_a_page(container):
    done = container("sh", "-euc", COMMAND)
    assert (done.stdout, done.returncode) == (PAGE, 0), done.stderr
    assert "ready" in done.stderr
