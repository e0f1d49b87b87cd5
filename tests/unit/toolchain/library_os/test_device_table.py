"""What stands behind MirageOS's interfaces: one table for the planner and for connect."""

from pathlib import Path

import pytest

from unikernel_toolchain.library_os import device_table
from unikernel_toolchain.library_os.library_os import SOURCES
from unikernel_toolchain.model.device import KINDS

ROWS = device_table.rows(SOURCES)


@pytest.fixture
def sources(tmp_path):
    """A library OS with one device, whose table is up to the test."""
    (tmp_path / "configure/connect").mkdir(parents=True)

    def write(text):
        (tmp_path / "configure/connect/devices.toml").write_text(text)
        return tmp_path

    return write


def test_devices_are_made_from_devices():
    names = {row.name for row in ROWS}
    assert {name for row in ROWS for name in (*row.parameters, *row.arguments)} <= names


def test_every_kind_of_device_has_a_driver():
    assert set(device_table.drivers(SOURCES)) == set(KINDS)


def test_packages_are_there():
    packages = {path.parent.name for path in Path(SOURCES, "packages").rglob("META")}
    assert {row.package for row in ROWS if row.package} <= packages


def test_packages_of_interfaces_have_something_behind_them():
    behind = device_table.packages_behind(SOURCES)
    assert behind["mirage-time"] == "mirage-unikernel"
    assert behind["mirage-stack"] == "mirage-stack-unikernel"
    assert "conduit-mirage" not in behind


def test_a_row_in_ocaml(sources):
    folder = sources("""[clock]
implementation = "Clock"
interfaces = ["Mirage_clock.S"]
keys = "Clock_keys"
connect = '$module.connect "now"'
""")
    assert device_table.in_ocaml(folder) == (
        "let table : Device_row.t list = [\n"
        '  { name = "clock"; implementation = "Clock"; interfaces = ["Mirage_clock.S"]; '
        "kind = None; value_type = None; parameters = []; arguments = []; "
        'keys = Some "Clock_keys"; '
        'value = Connected "$module.connect \\"now\\"" };\n'
        "]\n"
    )


def test_a_device_without_state(sources):
    folder = sources('[time]\nimplementation = "Time"\nstateless = true\n')
    assert "value = Unit }" in device_table.in_ocaml(folder)


def test_a_word_that_is_no_field_is_refused(sources):
    with pytest.raises(TypeError, match="implements"):
        device_table.rows(sources('[time]\nimplementation = "Time"\nimplements = "x"\n'))
