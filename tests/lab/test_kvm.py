"""Real KVM: the probe chooses it where it works, and the same images run under it."""

import json
import sys
from dataclasses import asdict
from pathlib import Path

import pytest
from support import ROOT
from support.kvm_lab import debian, outer

from unikernel.machines.qemu import probe

INSIDE = Path(debian.__file__).with_name("inside.py")
MARK = "kvm-lab: result "
LINE = "Hello, KVM!"
PROGRAMS = {
    "ocaml": f'let start () = print_endline "{LINE}"\n',
    "c": f'#include <stdio.h>\n\nint main(void)\n{{\n\tputs("{LINE}");\n\treturn 0;\n}}\n',
}

pytestmark = [pytest.mark.kvm, pytest.mark.slow]


@pytest.fixture(scope="module")
def images():
    """The programs' images: what the bare machine runs under TCG too."""
    import unikernel

    return [
        unikernel.build(text, name=f"kvm {language}", language=language)
        for language, text in PROGRAMS.items()
    ]


@pytest.fixture(scope="module")
def told(images, tmp_path_factory):
    """What the script inside said: a list of facts."""
    folder = tmp_path_factory.mktemp("kvm-lab")
    request = folder / "request.json"
    asked = {"probe": probe.image(), "images": [asdict(image) for image in images]}
    request.write_text(json.dumps(asked, default=str))
    script = f"UNIKERNEL_CACHE=/run/cache exec {sys.executable} {INSIDE} {request}\n"
    try:
        text = outer.run(debian.linux(ROOT / ".cache/kvm-lab"), script, folder)
    except debian.Unavailable as why:
        pytest.skip(f"no emulated machine with KVM: {why}")
    lines = [line for line in text.splitlines() if line.startswith(MARK)]
    assert "kvm-lab: status 0" in text, text
    return [json.loads(line.removeprefix(MARK)) for line in lines]


def test_probe_chooses_kvm_where_it_works(told):
    assert told[0] == {"accelerator": "kvm", "reason": "a probe guest ran under it"}


def test_images_run_under_kvm(told, images):
    booted = told[1:]
    expected = {(i.name, machine) for i in images for machine in ("microvm", "q35")}
    assert {(boot["image"], boot["machine"]) for boot in booted} == expected
    for boot in booted:
        assert boot["exit"] == "exited, status 0", boot
        assert LINE in boot["text"]
        assert "kvm" in boot["accelerator"].lower()
        assert boot["phases"], "boots are timed under KVM too"


def test_the_choice_on_this_machine_runs_guests(images):
    import unikernel
    from unikernel.machines.qemu import accelerator

    chosen = accelerator.choose("auto")
    with unikernel.boot(images[0], wait="running") as vm:
        assert vm.wait(timeout_s=30).ok
        assert vm.accelerator == chosen.name
    print(f"here: {chosen}")
