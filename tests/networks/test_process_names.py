"""Processes on a user network ask for names."""

import socket

import pytest
from support.guests.process_guests import PATIENCE_S, boot, build, nothing_left  # noqa: F401

pytestmark = pytest.mark.boot

RESOLVER = """
open Lwt.Infix
module Names = Dns_client_mirage.Make (Random_unikernel) (OS.Time) (Mclock) (Stack)

let start stack =
  match Boot_keys.arguments () with
  | [ server; port; name ] ->
      let nameserver = (`UDP, (Ipaddr.V4.of_string_exn server, int_of_string port)) in
      let name = Domain_name.host_exn (Domain_name.of_string_exn name) in
      Names.gethostbyname (Names.create stack) ~nameserver name >|= ( function
      | Ok address -> Printf.printf "it is %s\\n" (Ipaddr.V4.to_string address)
      | Error (`Msg why) -> Printf.printf "no address: %s\\n" why )
  | _ -> failwith "server, port, name"
"""


class NameServer:
    """A resolver of this host that knows one address."""

    def __init__(self, address):
        self._answer = socket.inet_aton(address)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(PATIENCE_S)
        self.port = self._socket.getsockname()[1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()

    def answer_one(self):
        question, sender = self._socket.recvfrom(512)
        body = question[12 : question.index(b"\0", 12) + 5]
        head = question[:2] + bytes.fromhex("8180 0001 0001 0000 0000")
        record = bytes.fromhex("c00c 0001 0001 0000003c 0004") + self._answer
        self._socket.sendto(head + body + record, sender)


def test_names_are_asked_of_a_server_of_the_host():
    image = build(RESOLVER, "process resolver", "dns-client.mirage")
    with NameServer("192.0.2.7") as server:
        argv = ("10.0.2.2", str(server.port), "name.example")
        with boot(image, arguments=argv, nets={"": "user,host"}, wait="running") as vm:
            server.answer_one()
            assert vm.wait(PATIENCE_S).ok
            assert vm.console.text == "it is 192.0.2.7\n"


def test_names_are_asked_of_the_hosts_resolver():
    name = "deb.debian.org"
    try:
        socket.gethostbyname(name)
    except OSError as problem:
        pytest.skip(f"this host resolves no names: {problem}")
    image = build(RESOLVER, "process resolver", "dns-client.mirage")
    words, nets = ("10.0.2.3", "53", name), {"": "user,internet"}
    with boot(image, arguments=words, nets=nets, wait="running") as vm:
        assert vm.wait(PATIENCE_S).ok
        assert vm.console.text.startswith("it is ")
