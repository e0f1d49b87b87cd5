"""Captures: frames in words, whatever a guest sent, and files however they are."""

import random
import re
import struct
import time

import dpkt
import pytest

import unikernel as uk
from unikernel.debugging.captures import reading
from unikernel.errors import UsageError
from unikernel.model.debugging.packets import PacketFilter
from unikernel.render.packets import MOST_ROWS, flow

GUEST, HOST = bytes((10, 0, 2, 15)), bytes((10, 0, 2, 2))
MAC_GUEST, MAC_HOST = bytes.fromhex("525400123456"), bytes.fromhex("525500000002")
REQUEST = b"GET /index.html HTTP/1.1\r\nHost: a\r\n\r\n"


def ethernet(kind, data):
    return MAC_HOST + MAC_GUEST + struct.pack(">H", kind) + bytes(data)


def ipv4(protocol, data, source=GUEST, destination=HOST):
    data = bytes(data)
    packet = dpkt.ip.IP(src=source, dst=destination, p=protocol, data=data, len=20 + len(data))
    return ethernet(0x800, packet)


def udp(source, destination, data):
    return ipv4(17, dpkt.udp.UDP(sport=source, dport=destination, ulen=8 + len(data), data=data))


def tcp(flags, data=b"", seq=1000, ack=0, reverse=False):
    ports = {"sport": 80, "dport": 4000} if reverse else {"sport": 4000, "dport": 80}
    segment = dpkt.tcp.TCP(flags=flags, seq=seq, ack=ack, win=100, data=data, **ports)
    return ipv4(6, segment, *((HOST, GUEST) if reverse else (GUEST, HOST)))


def question(name="example.org"):
    return dpkt.dns.DNS(qd=[dpkt.dns.DNS.Q(name=name)])


def answer():
    message = question()
    message.qr = 1
    record = dpkt.dns.DNS.RR(name="example.org", type=1, rdata=bytes((93, 184, 216, 34)))
    message.an = [record]
    return bytes(message)


ARP = bytes.fromhex("0001080006040001") + MAC_GUEST + GUEST + bytes(6) + HOST
REPLY = bytes.fromhex("0001080006040002") + MAC_HOST + HOST + MAC_GUEST + GUEST
PING = dpkt.icmp.ICMP(type=8, data=dpkt.icmp.ICMP.Echo(id=7, seq=3, data=b"x" * 8))
UNREACHABLE = struct.pack(">BBHI", 3, 3, 0, 0) + b"\x45" + bytes(27)
NEIGHBOUR = dpkt.ip6.IP6(
    src=bytes(15) + b"\1", dst=bytes(15) + b"\2", nxt=58, plen=24, data=b"\x87" + bytes(23)
)
DHCP = dpkt.dhcp.DHCP(chaddr=MAC_GUEST, yiaddr=0x0A00020F, opts=((53, b"\2"),))

SAID = [
    (ethernet(0x806, ARP), "ARP", "who has 10.0.2.2? tell 10.0.2.15"),
    (ethernet(0x806, REPLY), "ARP", "10.0.2.2 is at 52:55:00:00:00:02"),
    (ipv4(1, PING), "ICMP", "echo request, id 7, number 3"),
    (ipv4(1, UNREACHABLE), "ICMP", "port unreachable"),
    (ethernet(0x86DD, NEIGHBOUR), "ICMPv6", "neighbour solicitation"),
    (udp(9, 10, b"abc"), "UDP", "3 bytes"),
    (udp(4000, 53, bytes(question())), "DNS", "query A example.org"),
    (udp(53, 4000, answer()), "DNS", "answer A example.org: 93.184.216.34"),
    (udp(67, 68, bytes(DHCP)), "DHCP", "offer 10.0.2.15"),
    (udp(67, 68, b"no DHCP"), "UDP", "7 bytes"),
    (tcp(dpkt.tcp.TH_SYN), "TCP", "[SYN] seq 0 win 100 len 0"),
    (tcp(dpkt.tcp.TH_PUSH | dpkt.tcp.TH_ACK, REQUEST), "HTTP", "GET /index.html HTTP/1.1"),
    (tcp(dpkt.tcp.TH_ACK, b"HTTP/1.1 404 Not Found\r\n\r\n"), "HTTP", "HTTP/1.1 404 Not Found"),
    (ipv4(89, b"abc"), "IPv4", "protocol 89"),
    (ethernet(0x88CC, b"abcd"), "Ethernet", "type 0x88cc"),
]


def capture(frames, order="<", magic=0xA1B2C3D4, link=1):
    head = struct.pack(f"{order}IHHiIII", magic, 2, 4, 0, 0, 0x20000, link)
    records = (
        struct.pack(f"{order}IIII", 1_700_000_000 + i, 500_000, len(one), len(one)) + one
        for i, one in enumerate(frames)
    )
    return head + b"".join(records)


@pytest.fixture
def read(tmp_path):
    def read(data, **wanted):
        file = tmp_path / "a.pcap"
        file.write_bytes(data)
        return uk.packets(file, PacketFilter(**wanted))

    return read


@pytest.mark.parametrize(("frame", "protocol", "info"), SAID)
def test_a_frame_is_told_in_words(read, frame, protocol, info):
    (packet,) = read(capture([frame]))
    assert (packet.protocol, packet.info) == (protocol, info)
    assert (packet.number, packet.length_bytes) == (1, len(frame))
    assert packet.time_s == 1_700_000_000.5


def test_sequence_numbers_count_from_the_connection_s_beginning(read):
    frames = [
        tcp(dpkt.tcp.TH_SYN, seq=5000),
        tcp(dpkt.tcp.TH_SYN | dpkt.tcp.TH_ACK, seq=0xFFFFFFFF, ack=5001, reverse=True),
        tcp(dpkt.tcp.TH_ACK, seq=5001, ack=0),
    ]
    infos = [packet.info for packet in read(capture(frames))]
    assert [info.rpartition(" win")[0] for info in infos] == [
        "[SYN] seq 0",
        "[SYN, ACK] seq 0 ack 1",
        "[ACK] seq 1 ack 1",
    ]


@pytest.mark.parametrize("magic", [0xA1B2C3D4, 0xA1B23C4D])
@pytest.mark.parametrize("order", ["<", ">"])
def test_files_of_every_byte_order_and_precision_are_read(read, order, magic):
    (packet,) = read(capture([ethernet(0x806, ARP)], order, magic))
    assert packet.protocol == "ARP"
    assert 1_700_000_000 < packet.time_s < 1_700_000_001


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        ({"protocols": ["tcp"]}, 3),
        ({"protocols": ["http"]}, 2),
        ({"protocols": ["udp"]}, 5),
        ({"protocols": ["tcp", "arp"]}, 5),
        ({"ports": [53]}, 2),
        ({"ports": [53, 9]}, 3),
        ({"hosts": ["10.0.2.2"]}, 11),
        ({"hosts": ["1.2.3.4", "52:55:00:00:00:02".upper()]}, 3),
        ({"hosts": ["10.0.2.2"], "ports": [1]}, 0),
    ],
)
def test_only_what_is_wanted_is_shown(read, wanted, count):
    view = read(capture([frame for frame, _, _ in SAID]), **wanted)
    assert len(view) == count
    assert view.packets.seen == len(SAID)
    assert count or "is from or to port 1 and address 10.0.2.2" in str(view)


def test_what_is_not_there_is_named(read):
    view = read(capture([ethernet(0x806, ARP)]), protocols=["dhcp", "dns"], ports=[67])
    assert "None of 1 packets" in str(view)
    assert "is DHCP or DNS from or to port 67. A guest that is told its address" in str(view)


@pytest.mark.parametrize(
    ("wanted", "word"),
    [
        ({"protocols": ["htp"]}, "'http'"),
        ({"protocols": "http"}, r"\('http',\)"),
        ({"ports": 80}, r"\(80,\)"),
        ({"ports": [99999]}, "99999 is no port"),
        ({"hosts": ["nonsense"]}, "'nonsense' is no address"),
    ],
)
def test_what_no_packet_can_be_is_refused(wanted, word):
    with pytest.raises(UsageError) as refused:
        PacketFilter(**wanted)
    assert re.search(word, f"{refused.value} {refused.value.hint}")


def test_times_are_those_of_the_capture_whatever_is_wanted(read):
    frames = [ethernet(0x806, ARP), tcp(dpkt.tcp.TH_SYN)]
    assert " 1.000000 " in str(read(capture(frames), protocols=["tcp"]))
    assert ">1.000000<" in flow(read(capture(frames), protocols=["tcp"]).packets)


def test_a_clock_that_was_set_back_is_told(read):
    data = capture([ethernet(0x806, ARP)] * 3)
    record = len(data[24:]) // 3
    first, second = data[24 : 24 + record], data[24 + record :]
    assert "set back" not in str(read(data))
    assert "Packet 3 is older than the one before it" in str(read(data[:24] + second + first))


def test_a_file_that_is_being_written_is_read_as_far_as_it_is(read):
    whole = capture([ethernet(0x806, ARP)] * 3)
    for cut in (1, 20, 41, 45):
        view = read(whole[:-cut])
        assert len(view) == 2
        assert "not whole" in str(view)
    assert "no packet" in str(read(whole[:24]))


def test_a_damaged_length_ends_the_file_with_a_word(read):
    data = capture([ethernet(0x806, ARP)]) + struct.pack("<IIII", 1, 1, 1 << 31, 1 << 31) + b"abc"
    view = read(data)
    assert len(view) == 1
    assert "damaged at byte 82: a frame of 2,147,483,648 bytes" in str(view)


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "is no capture"),
        (b"\x7fELF" + bytes(40), "is no capture"),
        (b"\x0a\x0d\x0d\x0a" + bytes(40), "editcap"),
        (capture([], link=101), "link type 101"),
    ],
)
def test_what_is_no_capture_is_refused(read, data, word):
    with pytest.raises(UsageError) as refused:
        read(data)
    assert word in f"{refused.value} {refused.value.hint}"


def test_what_is_no_file_is_refused(tmp_path):
    for path in (tmp_path, tmp_path / "no", "a\0b"):
        with pytest.raises(UsageError):
            uk.packets(path)


def test_any_bytes_are_told_in_bounded_text(read):
    chance = random.Random(13)
    frames = []
    for _ in range(2000):
        frame = bytearray(chance.choice(SAID)[0])
        for _ in range(chance.randrange(6)):
            frame[chance.randrange(12, len(frame))] = chance.randrange(256)
        frames.append(bytes(frame[: chance.randrange(len(frame) + 1)]))
    began = time.monotonic()
    view = read(capture(frames))
    assert len(view) == len(frames)
    assert all(len(packet.info) <= 160 for packet in view)
    assert all(packet.info.isprintable() for packet in view)
    assert time.monotonic() - began < 20  # against hangs


def test_what_is_too_much_is_counted(read, monkeypatch):
    monkeypatch.setattr(reading, "MOST_KEPT", 300)
    view = read(capture([ethernet(0x806, ARP)] * 1000))
    assert len(view) == 300
    assert "700 packets more that are not kept" in str(view)
    assert f"{300 - MOST_ROWS} packets more" in str(view)
    assert str(view).count("who has") == MOST_ROWS
    assert "Not drawn" in flow(view.packets)
    monkeypatch.setattr(reading, "MOST_SEEN", 10)
    assert "Only the first 10 packets" in str(read(capture([ethernet(0x806, ARP)] * 20)))


def test_the_chart_and_the_page_take_no_orders(read, tmp_path):
    evil = b"GET /<script>alert(1)</script>\x1b[2J HTTP/1.1\r\n"
    view = read(capture([tcp(dpkt.tcp.TH_ACK, evil)]))
    page = view._repr_html_()
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "\x1b" not in page + str(view)
    assert "<script" not in flow(view.packets)
    view.save(str(tmp_path / "a.svg"))
    assert (tmp_path / "a.svg").read_text().startswith("<svg")
    view.save(str(tmp_path / "a.csv"))
    assert "HTTP" in (tmp_path / "a.csv").read_text()
    with pytest.raises(UsageError, match=r"\.svg or \.csv"):
        view.save(str(tmp_path / "a.png"))
    for name in ("a.svg", "a.csv"):
        with pytest.raises(UsageError, match="there is no folder"):
            view.save(str(tmp_path / "no" / name))


def test_the_table_is_a_data_frame(read):
    frame = read(capture([frame for frame, _, _ in SAID])).to_frame()
    assert list(frame["protocol"])[:3] == ["ARP", "ARP", "ICMP"]
    assert frame["source_port"].count() == 8
