"""What is said above UDP and TCP, in a line: DNS, DHCP, HTTP."""

from __future__ import annotations

import re

import dpkt
from dpkt.utils import inet_to_str

_NAMES = 3  # questions and answers of a DNS message that are told
_TYPES = {1: "A", 2: "NS", 5: "CNAME", 6: "SOA", 12: "PTR", 15: "MX", 16: "TXT", 28: "AAAA"}
_FAILURES = {1: "format error", 2: "server failure", 3: "no such name", 5: "refused"}
_DHCP = ("", "discover", "offer", "request", "decline", "ack", "nak", "release", "inform")
_MESSAGE_TYPE = 53  # DHCP's option
_HTTP = re.compile(
    rb"(?:[A-Z]{3,10} [^\r\n]{1,2000} HTTP/1\.[01]|HTTP/1\.[01] \d{3}[^\r\n]{0,200})\r?\n"
)


def http(data: bytes) -> str:
    """Return a request's or answer's first line (RFC 9112, section 2.1); "" if none begins."""
    found = _HTTP.match(data)
    return found[0].strip().decode("latin-1") if found else ""


def dns(data: bytes) -> str:
    """Return questions, and answers if it has some (RFC 1035). Raises what dpkt raises."""
    message = dpkt.dns.DNS(data)
    asked = ", ".join(f"{_type(one.type)} {one.name}" for one in message.qd[:_NAMES])
    if message.qr == dpkt.dns.DNS_Q:
        return f"query {asked}"
    if message.rcode:
        return f"answer {asked}: {_FAILURES.get(message.rcode, f'code {message.rcode}')}"
    answers = [_answer(one) for one in message.an[:_NAMES]]
    more = f" and {len(message.an) - _NAMES} more" if len(message.an) > _NAMES else ""
    return f"answer {asked}: {', '.join(answers) or 'nothing'}{more}"


def _type(number: int) -> str:
    return _TYPES.get(number, f"type {number}")


def _answer(record: dpkt.dns.DNS.RR) -> str:
    if record.type == dpkt.dns.DNS_A:
        return str(inet_to_str(record.ip))
    if record.type == dpkt.dns.DNS_AAAA:
        return str(inet_to_str(record.ip6))
    if record.type == dpkt.dns.DNS_CNAME:
        return str(record.cname)
    return _type(record.type)


def dhcp(data: bytes) -> str:
    """Return what kind of message it is and the address it is about (RFC 2131)."""
    message = dpkt.dhcp.DHCP(data)
    kinds = [value[0] for option, value in message.opts if option == _MESSAGE_TYPE and value]
    kind = _DHCP[kinds[0]] if kinds and 0 < kinds[0] < len(_DHCP) else "message"
    address = inet_to_str(message.yiaddr.to_bytes(4, "big"))
    return kind if address == "0.0.0.0" else f"{kind} {address}"  # noqa: S104
