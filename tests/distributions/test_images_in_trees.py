"""The steps of Binder's image and of the hub's, in bare trees, and what users do in them.

Both are Dockerfiles, and there is no Docker: each step is done in a tree of Debian, as the user
that it names. Binder's base is Ubuntu 24.04, whose mirror is not at hand in every place: the tree's
release stands for it, and the tree's Python for conda's.
"""

import subprocess

import pytest
from support import ROOT
from support.distributions import binder, inside
from support.distributions.dockerfile import Instruction, as_script, instructions
from support.distributions.memory import Peak

MEMORY_MIB = 2048  # what Binder gives
NOTEBOOK = "notebooks/01_first_unikernel.ipynb"
HUBS = ROOT / "docker/Dockerfile"
LAB = """cd && unikernel course labs && test -f labs/01_first.ipynb &&
printf 'let start () = print_endline "of a student"' >own.ml &&
for target in unix virtio; do
    unikernel build own-$target own.ml -t $target && unikernel boot own-$target || exit 1
done
test -z "$(find ~/.cache/unikernel/libos -name manifest.json)"
jupyterhub-singleuser --version && jupyter labextension list 2>&1 | grep jupyter-unikernel"""

pytestmark = [pytest.mark.slow, pytest.mark.asked, pytest.mark.boot]


@pytest.fixture
def checkout(fresh_tree, tmp_path):
    """A bare tree with the checkout in it."""
    inside.lay_out_checkout(fresh_tree, tmp_path)
    return fresh_tree


def do(tree, script, tmp_path):
    """Do a script in the tree; return what it said, and the memory it took at most, in MiB."""
    write = ("tee", tree / "srv/script.sh")
    subprocess.run(
        (*inside.root_prefix(), *write),
        input=script,
        text=True,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    output = tmp_path / "output"
    with inside.running(tree, "sh script.sh", "/srv", output) as it, Peak(it.pid) as peak:
        said = inside.said_by(it, output)
    return said, peak.mib


def test_binder_builds_and_runs_within_its_memory(checkout, tmp_path, record_property):
    demo = f"python notebooks/demo.py {NOTEBOOK} /tmp/demo"
    script = binder.script(binder.render().text, "id -u | grep -x 1000", demo)
    said, peak_mib = do(checkout, script, tmp_path)
    assert "hello" in said.lower()
    record_property("peak_mib", peak_mib)
    print(f"at most {peak_mib} MiB")
    assert 100 < peak_mib < MEMORY_MIB


def test_a_hub_s_student_builds_over_what_root_built(checkout, tmp_path):
    made = [*instructions(HUBS.read_text()), Instruction("RUN", LAB)]
    said, _ = do(checkout, as_script(made, of_hub), tmp_path)
    assert said.count("of a student") == 2


def of_hub(one):
    """Copies of the hub's Dockerfile: out of the checkout, and from one stage to the other."""
    if one.word != "COPY":
        return None
    *flags, source, place = one.rest.split()
    if flags == ["--from=wheel"]:
        return ":"  # both stages are done in one tree
    return f"mkdir -p {place} && cp -a /{inside.CHECKOUT}/{source} {place}"
