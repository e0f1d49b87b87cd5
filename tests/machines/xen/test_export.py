"""What export leaves for Xen, taken by xl in the Xen lab: read, and started."""

import asyncio
import json

import pytest

import unikernel
from unikernel.host import event_loop
from unikernel.machines.xen.lab.lab import Lab
from unikernel_toolchain import Config, build
from unikernel_toolchain.model.device import block_devices, network_devices

pytestmark = pytest.mark.boot

TIME_LIMIT_S = 120
PLACE = "/run/exported it's"
C_PROGRAM = "int main(void) { return 0; }\n"
NASTY = ['--say=it\'s "so"', "back\\slash", "ü", "a, b"]
GREETING = """
let start () =
  let argument = Bootvar.argv () in
  Lwt.bind argument (fun words ->
      print_endline ("exported: " ^ String.concat "|" (List.tl (Array.to_list words)));
      OS.Time.sleep_ns 2_000_000_000L)
"""


def in_lab(folder, body):
    """Take an exported folder to the lab's dom0, and run `body(dom0)`."""

    async def run():
        dom0 = (await Lab.shared()).dom0
        assert (await dom0.run(("mkdir", "-p", PLACE))).status == 0
        for file in folder.iterdir():
            await dom0.put(f"{PLACE}/{file.name}", file.read_bytes())
        return await body(dom0)

    return event_loop.call(run(), timeout_s=TIME_LIMIT_S)


def test_xl_reads_what_is_exported(tmp_path):
    devices = (*network_devices(("service", "other")), *block_devices(("storage", "xvdd")))
    config = Config("two words", {"cell.c": C_PROGRAM}, "xen", language="c", devices=devices)
    options = {"memory_mib": 48, "arguments": NASTY, "blocks": {"storage": "/dev/vda"}}
    unikernel.export(build(config), tmp_path, at=PLACE, nets={"service": "xenbr0"}, **options)
    assert {file.name for file in tmp_path.iterdir()} == {
        *("two words.xen", "two words.xl", "two words.xl.in", "two words_libvirt.xml")
    }

    async def read(dom0):
        return await dom0.run(("xl", "create", "-n", f"{PLACE}/two words.xl"))

    done = in_lab(tmp_path, read)
    assert done.status == 0, done.errors
    config = json.loads(done.output[done.output.index(b"{") :])
    build_info = config["b_info"]
    assert config["c_info"]["name"] == "two words"
    assert config["c_info"]["type"] == "pvh"
    assert build_info["max_memkb"] == 48 << 10
    assert build_info["kernel"] == f"{PLACE}/two words.xen"
    line = build_info["cmdline"]
    assert line.startswith("UNIKERNEL_NET=service,other UNIKERNEL_BLOCK=storage,xvdd ")
    assert '"--say=it\'s \\"so\\""' in line
    assert [nic["bridge"] for nic in config["nics"]] == ["xenbr0", "br1"]
    disks = [(disk["vdev"], disk["pdev_path"]) for disk in config["disks"]]
    assert disks == [("xvdb", "/dev/vda"), ("xvdd", f"{PLACE}/xvdd.img")]


def test_what_is_exported_starts(tmp_path):
    config = Config("exported", {"cell.ml": GREETING}, "xen", packages=("mirage-bootvar",))
    unikernel.export(build(config), tmp_path, at=PLACE, arguments=NASTY)
    heard = bytearray()

    async def start(dom0):
        line = asyncio.Event()

        def hear(data):
            heard.extend(data)
            if b"\n" in heard:
                line.set()

        done = await dom0.run(("xl", "create", f"{PLACE}/exported.xl"))
        assert done.status == 0, done.errors
        number = int((await dom0.run(("xl", "domid", "exported"))).output)
        try:
            console = await dom0.console(number, hear)
            await asyncio.wait_for(line.wait(), 30)
            await console.close()
        finally:
            await dom0.run(("xl", "destroy", "exported"))

    in_lab(tmp_path, start)
    said = heard.decode().splitlines()[0]
    assert said == 'exported: --say=it\'s "so"|back\\slash|ü|a, b'
