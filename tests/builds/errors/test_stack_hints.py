"""A functor that is given a stack of other families than it takes: which one to use instead."""

import re

import pytest

from unikernel_toolchain import Config, build
from unikernel_toolchain.errors import CompileError
from unikernel_toolchain.model.device import network_devices

PROGRAM = """
module Main
    (R : Mirage_random.S) (T : Mirage_time.S) (C : Mirage_clock.MCLOCK) (S : Mirage_stack.{stack}) =
struct
  module M = {functor}
  let start _ _ _ s = S.listen s
end
"""
DNS = "(R) (T) (C) (S)"


def refusal(stack, functor, *packages):
    source = PROGRAM.format(stack=stack, functor=functor)
    config = Config(
        "stacks", {"stacks.ml": source}, packages=packages, devices=network_devices(("service",))
    )
    with pytest.raises(CompileError) as caught:
        build(config)
    return caught.value


@pytest.mark.parametrize(
    ("stack", "functor", "message"),
    [
        ("V4V6", f"Dns_client_mirage.Make {DNS}", "there is Dns_client_mirage_v4v6.Make."),
        ("V4", f"Dns_client_mirage_v4v6.Make {DNS}", "of IPv4 there is Dns_client_mirage.Make."),
        ("V4V6", "Http_server.Make (S)", "there is Http_server.Make_v4v6."),
        ("V6", "Http_server.Make (S)", "For one of IPv6 there is Http_server.Make_v6."),
        ("V4", "Http_server.Make_v4v6 (S)", "For one of IPv4 there is Http_server.Make."),
    ],
)
def test_the_functor_for_these_families_is_named(stack, functor, message):
    error = refusal(stack, functor, "dns-client.mirage", "unikernel-apps.http")
    assert error.hint.endswith(message)


def test_the_families_are_named():
    error = refusal("V4V6", "Http_server.Make (S)", "unikernel-apps.http")
    assert error.hint.startswith("Http_server.Make takes a stack of IPv4, Mirage_stack.V4.")


def test_a_stack_is_not_printed_whole():
    error = refusal("V4V6", "Http_server.Make (S)", "unikernel-apps.http")
    assert "sig … end" in error.detail
    assert "listen_tcp :" not in error.detail
    assert re.search("The value .tcpv4. is required but not provided", error.detail)


def test_another_fault_of_a_functor_is_none_of_stacks():
    assert refusal("V4V6", "Mirage_logs.Make (S)", "mirage-logs").hint == ""
