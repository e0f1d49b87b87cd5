"""What a process can do to its host, and what of its host it sees: as users run it."""

import re
import select
import shutil
import subprocess
from pathlib import Path

import pytest
from support.guests.unix_program import ALLOWED, calls_after_start, program, run_traced

import unikernel

pytestmark = pytest.mark.boot

PATIENCE_S = 30
PAGE = "<h1>locked in</h1>"
WEB = f"""
module Http = Http_server.Make (Stack)
let start stack =
  print_endline "ready";
  Http.serve stack [ ("/", Http_response.page "{PAGE}") ]
"""
# Calls the kernel as its arguments say: a number, and the value of every argument.
CALLS = """
#include <stdio.h>
#include <stdlib.h>
int main(int count, char **words)
{
	(void)count;
	unsigned long result, of = strtoul(words[2], NULL, 0);
	register unsigned long fourth __asm__("r10") = of;
	register unsigned long fifth __asm__("r8") = of;
	register unsigned long sixth __asm__("r9") = of;
	__asm__ volatile("syscall" : "=a"(result)
		: "a"(strtoul(words[1], NULL, 0)), "D"(of), "S"(of), "d"(of),
		"r"(fourth), "r"(fifth), "r"(sixth) : "rcx", "r11", "memory");
	printf("answered %ld\\n", (long)result);
	return 0;
}
"""
CALL_NUMBERS = 512  # beyond the last that there is
BAD_ADDRESS, ARCH_SET_GS, ARCH_GET_FS, TIOCSTI, TUNSETIFF = -1, 0x1001, 0x1003, 0x5412, 0x400454CA
NUMBERS = Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h")
LISTED = {"read": 0, "write": 1, "readv": 19, "writev": 20, "ppoll": 271, "clock_gettime": 228}
LISTED |= {"rt_sigreturn": 15, "exit_group": 231, "arch_prctl": 158, "ioctl": 16}
BY_ARGUMENT = ("arch_prctl", "ioctl")
# Newer kernels let no filter see these (kernel/seccomp.c): what their tracers write into programs
# makes them, and everybody else is refused.
PROBES = {"uretprobe": 335, "uprobe": 336}


@pytest.fixture(scope="module")
def calls():
    return program(CALLS, "calls")


@pytest.fixture
def web():
    """A machine that serves HTTP on a user network, held before its first instruction."""
    image = unikernel.build(
        WEB, name="locked in", target="unix", packages=["unikernel-apps.http"], nets=["service"]
    )
    with unikernel.boot(image, paused=True, replace=True, ports=["0:80"]) as vm:
        yield vm


def page(vm):
    vm.console.expect("ready", timeout_s=PATIENCE_S)
    argv = ("curl", "-sS", "--max-time", str(PATIENCE_S))
    url = f"http://127.0.0.1:{vm.ports[0].host_port}/"
    return subprocess.run([*argv, url], capture_output=True, text=True, check=True).stdout


# ---- system calls


def call(image, number, argument=BAD_ADDRESS):
    """Have a system call made; return the process's status, how it ended, and what it said."""
    done, told = run_traced(image, str(number), str(argument))
    return done.returncode, told.ending, done.stdout


def test_every_call_that_is_not_listed_is_reported(calls):
    others = {*range(CALL_NUMBERS)} - {*LISTED.values(), *PROBES.values()}
    for number in sorted(others):
        status, ending, output = call(calls, number)
        assert (status, ending) == (126, ("FAULT", 31)), (number, output)
        assert re.match(rf"unikernel: fault: forbidden system call .*\({number}\) at ", output), (
            output
        )
        assert re.search(r"^  #0 0x[0-9a-f]+ main\+", output, re.MULTILINE), output


@pytest.mark.parametrize("name", PROBES)
def test_calls_of_tracers_do_nothing(name, calls):
    output = call(calls, PROBES[name])[2]
    assert re.match(r"answered -|unikernel: fault: (forbidden system call|invalid instr)", output)


@pytest.mark.parametrize("name", sorted({*LISTED} - {*BY_ARGUMENT, "rt_sigreturn", "exit_group"}))
def test_calls_that_are_listed_are_answered(name, calls):
    status, _, output = call(calls, LISTED[name])
    assert status == 0
    assert output.startswith("answered -"), output


@pytest.mark.parametrize(
    ("name", "argument"),
    [
        ("arch_prctl", ARCH_SET_GS),
        ("arch_prctl", ARCH_GET_FS),
        ("ioctl", TIOCSTI),
        ("ioctl", TUNSETIFF),
    ],
)
def test_calls_with_other_arguments_are_forbidden(name, argument, calls):
    _, ending, output = call(calls, LISTED[name], argument)
    assert ending == ("FAULT", 31)
    assert f"forbidden system call {name} ({LISTED[name]}) at " in output


@pytest.mark.skipif(not NUMBERS.exists(), reason="the kernel's headers are not installed")
def test_reports_name_calls_as_the_kernel_does(calls):
    names = dict(re.findall(r"#define __NR_(\w+) (\d+)", NUMBERS.read_text()))
    for name in ("open", "execve", "socket", "clone", "ptrace", "mprotect", "fork", "unlink"):
        assert f"forbidden system call {name} ({names[name]})" in call(calls, names[name])[2]


def test_a_server_makes_only_listed_calls(web, tmp_path):
    if not shutil.which("strace"):
        pytest.skip("strace is not installed: apt-get install strace")
    log = tmp_path / "calls"
    strace = ("strace", "-e", "signal=none", "-o", log, "-p", str(web.pid))
    with subprocess.Popen(strace, stderr=subprocess.PIPE, text=True) as tracer:
        try:
            assert select.select([tracer.stderr], [], [], PATIENCE_S)[0]
            assert "attached" in tracer.stderr.readline()
            web.resume()
            assert page(web) == PAGE
        finally:
            web.stop()  # and with it ends the tracer
    made = calls_after_start(log)
    assert {"read", "write", "ppoll"} <= made <= ALLOWED
    assert "ioctl" not in made  # it has no tap


# ---- the process as its host sees it


def test_a_machine_is_locked_in(web):
    web.resume()
    assert page(web) == PAGE
    status = dict(row.split(":\t") for row in of(web, "status").splitlines())
    assert (status["NoNewPrivs"], status["Seccomp"], status["Threads"]) == ("1", "2", "1")
    assert int(status["VmSize"].split()[0]) <= (web.spec.memory_mib + 1) << 10
    assert of(web, "environ") == ""
    rights = [row.split()[1] for row in of(web, "maps").splitlines()]
    assert not any("w" in right and "x" in right for right in rights)


def of(vm, name):
    return Path(f"/proc/{vm.pid}", name).read_text()


def test_a_machine_has_no_descriptor_beyond_its_devices(web):
    """Console, trace and one network, all sockets; neither a file, a folder nor a terminal."""
    web.resume()
    assert page(web) == PAGE
    ends = {int(path.name): str(path.readlink()) for path in Path(f"/proc/{web.pid}/fd").iterdir()}
    assert ends.pop(0) == ends.pop(1)
    assert len(set(ends.values())) == len(ends) == 2
    assert all(end.startswith("socket:") for end in ends.values())
