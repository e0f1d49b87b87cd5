"""Exported images: what is left, read by xl's own parser and checked by libvirt's own schema."""

import errno
import os
import re
import resource
import shlex
import subprocess
from dataclasses import replace
from pathlib import PurePosixPath
from xml.etree import ElementTree as ET

import pytest
from support import TESTS

import unikernel
from unikernel.deployment import by_hand, libvirt, written, xl
from unikernel.deployment import disks as server_disks
from unikernel.deployment import export as exporting
from unikernel.deployment.choices import settle
from unikernel.errors import NoSuchImage, UnikernelError, UsageError
from unikernel.model.spec import Spec
from unikernel_toolchain import Config, build
from unikernel_toolchain.model.device import block_devices, network_devices

TIME_LIMIT_S = 60
NASTY = ['--say=it\'s "so"', "back\\slash", "<&>", "]]>", "a, b", "", "ü 統一", "--", "@NAME@"]
TWO = (*network_devices(("service", "management")), *block_devices(("storage", "xvda")))


@pytest.fixture(scope="module")
def image():
    """A program of two networks and two disks that it does not use."""
    text = "int main(void) { return 0; }\n"
    return build(Config("hello", {"cell.c": text}, language="c", devices=TWO))


@pytest.fixture(scope="module")
def xl_reader(tmp_path_factory):
    """A program that reads a configuration with Xen's library, as xl does."""
    program = tmp_path_factory.mktemp("xl") / "xl_reader"
    source = TESTS / "support/xl_reader.c"
    command = ["gcc", "-Wall", "-Werror", source, "-lxlutil", "-lxenlight", "-o", program]
    subprocess.run(command, check=True, timeout=TIME_LIMIT_S)

    def read(file):
        done = subprocess.run([program, file], capture_output=True, timeout=TIME_LIMIT_S)
        assert done.returncode == 0, done.stderr
        assert done.stderr == b""
        words = done.stdout.decode().split("\0")[:-1]
        return list(zip(words[::2], words[1::2], strict=True))

    return read


def choices(image, place="/srv/hello", *, spec=None, nets=None, blocks=None, stem="br"):
    given = {"nets": nets or {}, "blocks": blocks or {}, "kv": {}}
    return settle(image, PurePosixPath(place), spec or Spec(), stem=stem, **given)


def read_back(xl_reader, text, folder):
    (folder / "it.xl").write_text(text)
    return xl_reader(folder / "it.xl")


def test_xl_reads_what_was_chosen(image, xl_reader, tmp_path):
    chosen = choices(
        image,
        spec=Spec(memory_mib=64, arguments=("--hello=you",), environment={"TZ": "UTC"}),
        nets={"management": "xenbr7"},
        blocks={"storage": "/dev/vg/data"},
    )
    xen = replace(chosen, image=replace(image, target="xen"))
    found = read_back(xl_reader, xl.configuration(xen), tmp_path)
    assert dict(found[:7]) == {
        "name": "hello",
        "kernel": "/srv/hello/hello.xen",
        "type": "pvh",
        "cmdline": "UNIKERNEL_NET=service,management UNIKERNEL_BLOCK=xvda,storage TZ=UTC "
        "--hello=you",
        "on_crash": "preserve",
        "memory": "64",
        "vcpus": "1",
    }
    first = [("target", "/srv/hello/xvda.img"), ("vdev", "xvda"), ("format", "raw")]
    second = [("target", "/dev/vg/data"), ("vdev", "xvdb"), ("format", "raw")]
    access = ("access", "rw")
    assert found[7:] == [
        ("vif", "bridge=br0"),
        ("vif", "bridge=xenbr7"),
        *(*first, access),
        *(*second, access),
    ]


OPTIONS = {"storage": "/srv/d.img,ro", "xvda": "two,,parts.qcow2"}


def test_the_options_of_disks_are_told_to_each_tool_stack(image, xl_reader, tmp_path):
    chosen = choices(image, blocks=OPTIONS)
    found = read_back(xl_reader, xl.configuration(chosen), tmp_path)
    assert [value for key, value in found if key in {"target", "format", "access"}] == [
        *("/srv/hello/two,parts.qcow2", "qcow2", "rw"),
        *("/srv/d.img", "raw", "ro"),
    ]
    drives = [word for word in shlex.split(by_hand.qemu(chosen, ["tcg"])) if "if=virtio" in word]
    assert drives == [
        "if=virtio,format=raw,discard=unmap,readonly=on,file=/srv/d.img",
        "if=virtio,format=qcow2,discard=unmap,file=/srv/hello/two,,parts.qcow2",
    ]
    for describe in (libvirt.xen, libvirt.kvm):
        (tmp_path / "it.xml").write_text(describe(chosen))
        assert valid(tmp_path / "it.xml").returncode == 0
        disks = ET.fromstring(describe(chosen)).findall("devices/disk")
        of_file = {one.find("source").get("file"): one for one in disks}
        assert of_file["/srv/d.img"].find("readonly") is not None
        assert of_file["/srv/hello/two,parts.qcow2"].find("readonly") is None
        assert of_file["/srv/hello/two,parts.qcow2"].find("driver").get("type") == "qcow2"


def test_a_process_has_raw_disks_that_it_may_only_read(image):
    process = replace(image, target="unix")
    chosen = choices(process, blocks={"storage": "/srv/d.img,ro"})
    assert "</srv/d.img" in by_hand.unix(chosen).replace("< ", "<")
    with pytest.raises(UsageError, match="no disk for a process"):
        choices(process, blocks=OPTIONS)


@pytest.mark.parametrize(
    ("disk", "said"),
    [
        ("d.img", "Put its disk storage there first: /srv/hello/d.img"),
        ("/dev/vg/d", ""),
        ("/srv/d.img,size=8M", "truncate -s 8M /srv/d.img"),
        ("d.qcow2,size=8M", "qemu-img create -f qcow2 /srv/hello/d.qcow2 8M"),
    ],
)
def test_what_is_to_be_done_for_a_disk_is_said(image, disk, said):
    chosen = choices(image, blocks={"storage": disk, "xvda": "/dev/vg/x"})
    assert "".join(server_disks.notes(chosen.disks, chosen.wanted)).endswith(said)
    assert bool(chosen.wanted) == bool(said)


@pytest.mark.parametrize("argument", NASTY)
def test_quotes_come_through_xl_and_libvirt(image, xl_reader, argument, tmp_path):
    spec = Spec(arguments=(argument, "end"))
    place = '/srv/it\'s "a", \\b & <c>'
    chosen = choices(image, place, spec=spec)
    line = chosen.line({"xvda": "", "storage": ""})
    found = dict(read_back(xl_reader, xl.configuration(chosen), tmp_path)[:7])
    assert found["cmdline"] == line
    assert found["kernel"] == f"{place}/hello.virtio"
    read = ET.fromstring(libvirt.xen(chosen))
    assert read.findtext("os/cmdline") == line
    assert read.findtext("os/kernel") == f"{place}/hello.virtio"
    files = {it.get("file") for it in read.iterfind("devices/disk/source")}
    assert files == {f"{place}/storage.img", f"{place}/xvda.img"}


def test_the_template_has_the_places_of_mirage(image):
    text = xl.template(choices(image))
    for place in ("'@NAME@'", "'@KERNEL@'", "memory = @MEMORY@", "bridge=@NETWORK:service@"):
        assert place in text
    assert "target=@BLOCK:storage@" in text


def valid(file):
    command = ["virt-xml-validate", file, "domain"]
    return subprocess.run(command, capture_output=True, text=True, timeout=TIME_LIMIT_S)


@pytest.mark.parametrize("describe", [libvirt.xen, libvirt.kvm])
@pytest.mark.parametrize("argument", ["", *NASTY])
def test_libvirt_takes_the_description(image, describe, argument, tmp_path):
    spec = Spec(arguments=(argument,) if argument else ())
    file = tmp_path / "it.xml"
    file.write_text(describe(choices(image, spec=spec)), encoding="utf-8")
    done = valid(file)
    assert done.returncode == 0, done.stderr
    file.write_text(file.read_text().replace("<vcpu>1<", "<vcpu>some<"))
    assert valid(file).returncode != 0  # it does look


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"nets": {"servce": "br0"}}, "no network device 'servce'"),
        ({"nets": {"service": "a/b"}}, "interface or a bridge"),
        ({"nets": {"service": ""}}, "names nothing"),
        ({"blocks": {"storage": "a\nb"}}, "control character"),
        ({"blocks": {"disk": "x"}}, "no block device 'disk'"),
        ({"blocks": {"storage": "64M"}}, "'64M', the disk of 'storage', would be thrown away"),
        ({"blocks": {"storage": "none"}}, "'none', the disk of 'storage', is no disk"),
        ({"blocks": {"storage": "none,ro"}}, "is no disk"),
        ({"blocks": {"storage": "d.img,snapshot"}}, "throws away what a guest writes"),
        ({"blocks": {"storage": "d.img,rw"}}, "no option 'rw'"),
        ({"blocks": {"storage": "d.img,format=vmdk"}}, "No format of disks 'vmdk'"),
        ({"place": "/srv/\udcff"}, "no text"),
    ],
)
def test_what_cannot_be_is_said(image, given, said):
    with pytest.raises(UsageError, match=said):
        choices(image, **given)


# ---- files


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_an_image_for_qemu_is_left_with_its_description(image, tmp_path):
    place = tmp_path / "new" / "place"
    found = unikernel.export(image, place)
    assert names(place) == ["hello.virtio", "hello_libvirt.xml"] == sorted(found.files)
    assert (place / "hello.virtio").read_bytes() == image.path.read_bytes()
    assert valid(place / "hello_libvirt.xml").returncode == 0
    assert f"virsh -c qemu:///system create {place}/hello_libvirt.xml --console" in str(found)
    assert f"truncate -s 64M {place}/storage.img" in str(found)


def test_paths_are_those_of_the_server(image, tmp_path):
    unikernel.export(image, tmp_path / "out", at="/srv/it")
    read = ET.parse(tmp_path / "out/hello_libvirt.xml")
    assert read.findtext("os/kernel") == "/srv/it/hello.virtio"


def test_a_folder_of_the_server_is_named_from_its_root(image, tmp_path):
    with pytest.raises(UsageError, match="'relative/x' is no folder of the server"):
        unikernel.export(image, tmp_path / "out", at="relative/x")
    assert names(tmp_path) == []


@pytest.mark.parametrize("asked", [False, True])
def test_a_folder_in_the_way_is_named(image, asked, tmp_path):
    (tmp_path / "hello.virtio").mkdir()
    with pytest.raises(UsageError, match=r"a folder is in the way: hello.virtio\. Nothing"):
        unikernel.export(image, tmp_path, replace=asked)
    assert names(tmp_path) == ["hello.virtio"]


def test_a_process_is_left_with_its_line(tmp_path):
    text = "int main(void) { return 0; }\n"
    process = build(Config("hello", {"cell.c": text}, target="unix", language="c"))
    found = unikernel.export(process, tmp_path / "it's here", arguments=["a b"])
    assert names(tmp_path / "it's here") == ["hello"]
    (line,) = found.lines
    assert shlex.split(line)[0] == f"{tmp_path}/it's here/hello"
    done = subprocess.run(["sh", "-c", line], capture_output=True, timeout=TIME_LIMIT_S)
    assert done.returncode == 0, done.stderr


def test_nothing_is_written_over_unasked(image, tmp_path):
    (tmp_path / "hello_libvirt.xml").write_text("mine")
    with pytest.raises(UsageError, match=r"hello_libvirt.xml. Nothing was written"):
        unikernel.export(image, tmp_path)
    assert names(tmp_path) == ["hello_libvirt.xml"]
    assert (tmp_path / "hello_libvirt.xml").read_text() == "mine"
    unikernel.export(image, tmp_path, replace=True)
    assert valid(tmp_path / "hello_libvirt.xml").returncode == 0


def test_who_comes_in_between_keeps_their_file(image, tmp_path, monkeypatch):
    monkeypatch.setattr(written, "_check_free", lambda *_: None)
    (tmp_path / "hello_libvirt.xml").write_text("mine")
    with pytest.raises(UsageError, match="Nothing was written"):
        unikernel.export(image, tmp_path)
    assert names(tmp_path) == ["hello_libvirt.xml"]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO])
def test_what_the_disk_refuses_leaves_nothing(image, code, tmp_path, monkeypatch):
    def refuse(_):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(written.os, "fsync", refuse)
    with pytest.raises(UnikernelError, match="Exporting to ") as caught:
        unikernel.export(image, tmp_path / "a" / "b")
    assert "cache" not in f"{caught.value} {caught.value.hint}".lower()
    assert names(tmp_path) == []


def test_a_copy_that_has_no_room_does_not_blame_the_image(tmp_path):
    (tmp_path / "image").write_bytes(bytes(1 << 20))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        with pytest.raises(UnikernelError, match=r"Exporting to \S+/out: the file would") as caught:
            written.put(tmp_path / "out", {"hello.xen": tmp_path / "image"}, replace=False)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "name a folder on another disk" in caught.value.hint
    assert names(tmp_path) == ["image"]


def test_a_file_in_place_of_the_folder_is_said(image, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UnikernelError, match=r"Exporting to .*a file is in the way"):
        unikernel.export(image, tmp_path / "file" / "below")
    with pytest.raises(UnikernelError, match="Exporting to "):
        unikernel.export(image, tmp_path / "file")
    assert names(tmp_path) == ["file"]


def test_a_missing_image_is_said(image, tmp_path):
    with pytest.raises(NoSuchImage, match="no image or machine 'nobody'"):
        unikernel.export("nobody", tmp_path / "out")
    gone = replace(image, path=tmp_path / "gone")
    with pytest.raises(Exception, match="is gone"):
        unikernel.export(gone, tmp_path / "out")
    with pytest.raises(UsageError, match="does not fit into 1 MiB"):
        unikernel.export(image, tmp_path / "out", memory_mib=1)
    assert names(tmp_path) == []


def test_disks_that_come_with_an_image_go_with_it(image, tmp_path):
    (tmp_path / "made").write_bytes(b"disk")
    with_disk = replace(image, disks={"storage": tmp_path / "made"})
    found = unikernel.export(with_disk, tmp_path / "out")
    assert (tmp_path / "out/storage.img").read_bytes() == b"disk"
    assert "xvda.img" in str(found)
    assert "truncate -s 64M " + str(tmp_path / "out/storage.img") not in str(found)


def test_bridges_are_called_as_those_of_this_host(image, tmp_path, monkeypatch):
    (tmp_path / "net" / "xenbr0").mkdir(parents=True)
    monkeypatch.setattr(exporting, "_INTERFACES", tmp_path / "net")
    unikernel.export(image, tmp_path / "out")
    text = (tmp_path / "out/hello_libvirt.xml").read_text()
    assert re.findall(r'bridge="(\w+)"', text) == ["xenbr0", "xenbr1"]
