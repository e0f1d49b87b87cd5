"""Who comes from another system finds each word of its command line and of its configuration."""

import re

import pytest
from support import ROOT
from support.pages import FENCE

from unikernel.applications import SERVED_BY
from unikernel.frontends.commands.applications import mirage
from unikernel.frontends.commands.parsers import parser
from unikernel_toolchain import TARGETS
from unikernel_toolchain.library_os.library_os import SOURCES

CONFIGURE = SOURCES / "configure"
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
KRAFT = """
build clean menu run start ps logs stop remove rm pause pkg lib net vol compose cloud login version
--arch --detach --disable-acceleration --env --initrd --ip --kernel-arg --kraftfile --mac --memory
--name --network --no-start --port --prefix --prefix-name --rm --rootfs --rootfs-type --as --runtime
--target --volume --symbolic --plat -m -d -W -e -a -K -M -n -p -r -t -v
--all --build-log --config --dbg --force-pull --jobs --no-cache --no-configure --no-fast --no-fetch
--no-update --print-stats -c -j -F
spec specification name outdir cmd env labels volumes rootfs unikraft version source kconfig runtime
template libraries targets architecture platform
"""
OPS = """
build image instance profile pkg run update version volume deploy env compose cron network
--accel --bridged --bridgename --debug --force --gateway --gdbport --ip-address --netmask --no-trace
--port --skipbuild --smp --syscall-summary --tapname --trace --verbose --envs --imagename --mounts
--target-root --ipv6-address --type --args --config --nightly --show-warnings --show-errors
--show-debug --json -p -f -d -g -v -b -t -s -e -r -i -a -c -n -j
Args DisableArgsCopy BaseVolumeSz Boot Uefi UefiBoot BuildDir CloudConfig Dirs Env Files Kernel
KlibDir Klibs MapDirs Mounts NameServers NanosVersion NightlyBuild NoTrace Program ProgramPath
RebootOnExit LocalFilesParentDirectory TargetRoot VolumesDir PackageBaseURL PackageManifestURL
Version Language Runtime Description TargetConfig ManifestPassthrough Consoles Debugflags Force
RunConfig.Accel RunConfig.AtExit RunConfig.Bridged RunConfig.BridgeName RunConfig.CanIPForward
RunConfig.CPUs RunConfig.GPUs RunConfig.GPUType RunConfig.Debug RunConfig.Gateway RunConfig.GdbPort
RunConfig.Imagename RunConfig.InstanceName RunConfig.InstanceGroup RunConfig.IPAddress
RunConfig.IPv6Address RunConfig.Memory RunConfig.Vga RunConfig.NetMask RunConfig.Nics
RunConfig.Background RunConfig.Ports RunConfig.ShowDebug RunConfig.ShowErrors RunConfig.ShowWarnings
RunConfig.TapName RunConfig.UDPPorts RunConfig.Verbose RunConfig.VolumeSizeInGb
"""
OURS = re.compile(r"`(?:%%?)?unikernel (\w+)[^`]*`")
FLAG = re.compile(r"(?<![\w-])(--?[a-z][\w-]*)")


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


@pytest.mark.parametrize(
    ("page", "others"),
    [("mirageos", MIRAGE_3_9), ("mirageos", MIRAGE_4), ("unikraft", KRAFT), ("ops", OPS)],
    ids=["mirage 3.9", "mirage 4", "kraft", "ops"],
)
def test_every_word_of_theirs_is_explained(page, others):
    assert missing(page, others.split()) == []


@pytest.mark.parametrize("page", ["mirageos", "unikraft", "ops"])
def test_what_stands_for_it_here_is_a_command_with_such_flags(page):
    text = (ROOT / f"docs/coming-from/{page}.md").read_text(encoding="utf-8")
    commands = parser().subparsers
    for found in OURS.finditer(FENCE.sub("", text)):
        own, _, _ = found[0].partition(" -- ")
        assert found[1] in commands, found[0]
        if commands[found[1]].flags and found[1] not in {"mirage", "configure"}:
            assert set(FLAG.findall(own)) <= {*commands[found[1]].flags, "--version"}, found[0]
