"""A guest that echoes over UDP and TCP, and what is asked of it."""

import socket

from support.networks.simulated_guest import ALL, Guest

PATIENCE_S = 30
HOST_MAC = bytes.fromhex("020000000099")
HOST = bytes([10, 9, 5, 1])
ECHO = """
open Lwt.Infix

let start (stack : Stack.t) =
  let udp = Stack.udpv4 stack in
  Stack.listen_udpv4 stack ~port:7 (fun ~src ~dst:_ ~src_port data ->
      Stack.UDPV4.write ~src_port:7 ~dst:src ~dst_port:src_port udp data >|= ignore);
  let rec echo flow =
    Stack.TCPV4.read flow >>= function
    | Ok (`Data data) -> Stack.TCPV4.write flow data >>= fun _ -> echo flow
    | Ok `Eof | Error _ -> Stack.TCPV4.close flow
  in
  Stack.listen_tcpv4 stack ~port:7 echo;
  print_endline "ready";
  Stack.listen stack
"""


def echoes_datagram(end: tuple[str, int], text: bytes = b"hello") -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.settimeout(PATIENCE_S)
        peer.sendto(text, end)
        return peer.recvfrom(2000)[0] == text


def echoes_stream(end: tuple[str, int], text: bytes = bytes(range(256)) * 256) -> bool:
    with socket.create_connection(end, timeout=PATIENCE_S) as peer:
        peer.sendall(text)
        peer.shutdown(socket.SHUT_WR)
        heard = b""
        while piece := peer.recv(1 << 16):
            heard += piece
        return heard == text


def ask_who_has(guest: Guest, address: bytes) -> tuple[bytes, bytes]:
    """Broadcast an ARP request (RFC 826) and return the answer's sender addresses."""
    body = bytes.fromhex("0001080006040001") + HOST_MAC + HOST + bytes(6) + address
    guest.end.send(ALL + HOST_MAC + bytes.fromhex("0806") + body)
    while True:
        heard = guest.receive()
        if heard[12:14] == bytes.fromhex("0806") and heard[20:22] == b"\x00\x02":
            return heard[22:28], heard[28:32]
