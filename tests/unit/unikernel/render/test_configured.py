import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from itertools import pairwise

from unikernel.render.configured import Description, tree
from unikernel.render.pictures import devices
from unikernel_toolchain.model.configuration import Configured, Key, Node
from unikernel_toolchain.model.device import Device

NODES = (
    Node(0, "mirage1", "Stdlib", "job", (1, 2)),
    Node(1, "console1", "<b>Console</b>", "device"),
    Node(2, "stack", "Stack", "device", (3, 4)),
    Node(3, "net", "Netif", "device", keys=("interface",)),
    Node(4, "arp", "Arp", "device", (3,)),
)
CONFIGURED = Configured(
    name="hello",
    target="virtio",
    mains=("Unikernel.Main",),
    packages=(),
    devices=(Device("net", "service"),),
    data=(),
    main="",
    key_gen="",
    info_modules={},
    keys=(Key("interface", "both", '"service"', flags=("--interface",)),),
    nodes=NODES,
    root=0,
    dot="digraph {}",
)


def test_the_tree_names_each_device_below_what_is_made_from_it():
    assert tree(CONFIGURED) == [
        "hello",
        "  <b>Console</b>",
        "  Stack",
        "    Netif  [interface]",
        "    Arp",
        "      Netif  [interface]",
    ]


def test_a_description_says_what_is_needed():
    text = str(Description(CONFIGURED, ("a note",), "build hello"))
    assert "devices   net service" in text
    assert '--interface  "service"  (both)' in text
    assert text.endswith("Note: a note\nNext: build hello")


def test_the_picture_has_every_node_and_every_arrow_points_down():
    picture = ET.fromstring(devices.own(CONFIGURED))
    names = [text.text for text in picture.iter() if text.tag.endswith("text")]
    assert sorted(names) == ["<b>Console</b>", "Arp", "Netif", "Stack", "hello"]
    arrows = [path.get("d") for path in picture.iter() if path.tag.endswith("path")]
    assert len(arrows) == sum(len(node.inputs) for node in NODES)
    for arrow in arrows:
        (_, top), (_, bottom) = re.findall(r"(-?\d+) (-?\d+)", arrow)[:2]
        assert int(top) < int(bottom)


def test_markup_of_names_stays_text():
    assert "<b>Console" not in Description(CONFIGURED)._repr_html_()


def test_boxes_of_one_layer_do_not_overlap():
    many = (Node(0, "root", "", "job", tuple(range(1, 30))),)
    many += tuple(Node(n, "a long name of a device", "M", "device") for n in range(1, 30))
    rects = [
        r
        for r in ET.fromstring(devices.own(replace(CONFIGURED, nodes=many))).iter()
        if r.tag.endswith("rect")
    ]
    rows = {}
    for rect in rects:
        left, width = int(rect.get("x")), int(rect.get("width"))
        rows.setdefault(rect.get("y"), []).append((left, left + width))
    for row in rows.values():
        row.sort()
        assert all(one[1] <= other[0] for one, other in pairwise(row))
