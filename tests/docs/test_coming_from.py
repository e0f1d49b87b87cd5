"""Who comes from another system finds each word of its command line and of its configuration."""

import re

import pytest
from support import ROOT

from unikernel.applications import SERVED_BY
from unikernel.frontends.commands.applications import mirage
from unikernel_toolchain import TARGETS
from unikernel_toolchain.library_os.library_os import SOURCES

CONFIGURE = SOURCES / "configure"
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
VALUE = re.compile(r"^ *val ([a-z]\w*)", re.MULTILINE)
# Not ours to enumerate: MirageOS's own, from its documentation.
MIRAGE_3_9 = """
configure describe build clean help topics --file -f --build-dir -b --output -o --verbosity -v -q
--color --eval --no-eval --dot --dot-command --target -t --warn-error -g --no-depext --tracing-size
--backtrace --randomize-hashtables --allocation-policy --minor-heap-size --major-heap-increment
--space-overhead --max-space-overhead --gc-verbosity --gc-window-size --custom-major-ratio
--custom-minor-ratio --custom-minor-max-size --kv_ro --block --prng --dhcp --net --interface --ipv4
--ipv4-gateway --socket --ips --netmasks --gateways --resolver --resolver-port --syslog
--syslog-port --syslog-hostname --logs -l MODE MIRAGE_LOGS
unix macosx xen qubes virtio hvt muen genode spt ukvm
"""
MIRAGE_4 = """
query --depext --extra-repos --no-extra-repo --context-file --dry-run --ipv6 --ipv6-gateway
--ipv4-only --ipv6-only --accept-router-advertisement main dep key runtime_arg code of_device rng
stackv4v6 generic_stackv4v6 direct_stackv4v6 static_ipv4v6_stack socket_stackv4v6 stackv6
generic_stackv6 direct_stackv6 static_ipv6_stack socket_stackv6 ipv4v6 create_ipv4v6 udpv4v6
tcpv4v6 tcpv4v6_of_stackv4v6 socket_udpv6 socket_tcpv6 socket_udpv4v6 socket_tcpv4v6 dns_client
generic_dns_client happy_eyeballs generic_happy_eyeballs http_client cohttp_client git_client
git_tcp git_ssh git_http merge_git_clients git_happy_eyeballs docteur
"""


def words(page):
    """Return the words that a page has as code."""
    text = (ROOT / f"docs/coming-from/{page}.md").read_text(encoding="utf-8")
    spans = re.findall(r"`([^`]+)`", FENCE.sub("", text))
    return {word for span in spans for word in re.split(r"[\s=,:()]+", span)}


def missing(page, wanted):
    return sorted(set(wanted) - words(page))


def test_every_option_that_our_mirage_takes_is_explained():
    parsers = mirage.parsers()
    taken = {flag for each in parsers.values() for flag in each.flags}
    assert {"-f", "--dot-command", "--fresh"} < taken
    assert missing("mirageos", {*taken, *parsers, *mirage.ELSEWHERE}) == []


def test_every_target_is_explained():
    assert missing("mirageos", {*TARGETS, *SERVED_BY}) == []


def test_every_word_of_config_ml_is_explained():
    devices = VALUE.findall((CONFIGURE / "mirage/mirage.mli").read_text())
    keys = VALUE.findall((CONFIGURE / "mirage/mirage_key.mli").read_text())
    language = VALUE.findall(
        (CONFIGURE / "functoria/functoria.mli").read_text().partition("module Info")[0]
    )
    assert len(devices) > 80
    converters = {"ipv4_address", "ipv4", "ipv6", "ipv6_prefix"}
    own = {word.partition(".")[2] for word in words("mirageos") if re.match(r"V[46]\.", word)}
    assert missing("mirageos", {*devices, *keys, *language} - converters - own) == []


@pytest.mark.parametrize("release", [MIRAGE_3_9, MIRAGE_4], ids=["3.9", "4"])
def test_every_word_of_mirage_itself_is_explained(release):
    assert missing("mirageos", release.split()) == []
