import base64
import csv
import sys

import pytest
from matplotlib.figure import Figure

from unikernel.errors import UsageError
from unikernel.plots.interactive import SPEC_BYTES, VEGA, VEGA_LITE, Interactive

ROWS = ({"phase": "base", "ms": 1.5}, {"phase": "runtime", "ms": 2.5})
LITE = {"$schema": "https://vega.github.io/schema/vega-lite/v5.json", "data": {"values": [1]}}


def plot(spec=LITE):
    figure = Figure()
    figure.suptitle("hello: 4 ms")
    return Interactive(figure, spec, ROWS)


def test_a_bundle_has_text_a_specification_and_the_picture():
    data, metadata = plot()._repr_mimebundle_()
    assert set(data) == {"text/plain", VEGA_LITE, "image/png"}  # no HTML: it would win over Vega
    assert data["text/plain"] == "hello: 4 ms"
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")
    assert LITE.items() <= data[VEGA_LITE].items()
    assert data[VEGA_LITE]["config"]["style"]["guide-label"] == {"fill": "currentColor"}
    assert metadata[VEGA_LITE]["embed_options"]["actions"]["editor"] is False  # a foreign server


def test_a_schema_says_which_of_the_two_languages_it_is():
    data, _ = plot({"$schema": "https://vega.github.io/schema/vega/v5.json"})._repr_mimebundle_()
    assert VEGA in data


def test_what_is_asked_for_is_given_alone():
    assert set(plot()._repr_mimebundle_(include={"image/png"})[0]) == {"image/png"}
    assert "image/png" not in plot()._repr_mimebundle_(exclude={"image/png"})[0]


def test_a_specification_too_large_for_a_notebook_is_left_out():
    large = LITE | {"data": {"values": ["x" * SPEC_BYTES]}}
    data, metadata = plot(large)._repr_mimebundle_()
    assert (set(data), metadata) == ({"text/plain", "image/png"}, {})
    assert "picture has it all" in data["text/plain"]


@pytest.mark.parametrize(
    ("suffix", "begins"), [(".png", b"\x89PNG"), (".svg", b"<?xml"), (".PDF", b"%PDF")]
)
def test_pictures_are_written(suffix, begins, tmp_path):
    plot().save(tmp_path / f"x{suffix}")
    assert (tmp_path / f"x{suffix}").read_bytes().startswith(begins)


def test_tables_are_written(tmp_path):
    plot().save(str(tmp_path / "x.csv"))
    read = list(csv.DictReader((tmp_path / "x.csv").read_text().splitlines()))
    assert read == [{"phase": "base", "ms": "1.5"}, {"phase": "runtime", "ms": "2.5"}]
    assert list(plot().to_frame()["ms"]) == [1.5, 2.5]


def test_parquet_without_what_writes_it_names_the_package(tmp_path, monkeypatch):
    for name in ("pyarrow", "fastparquet"):
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setattr("unikernel.plots.export.find_spec", lambda _: None)
    with pytest.raises(UsageError) as caught:
        plot().save(str(tmp_path / "x.parquet"))
    assert "pip install pyarrow" in caught.value.hint
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["x.csv", "x.png", "x.svg", "x.pdf"])
def test_a_full_disk_is_told(name, tmp_path):
    (tmp_path / name).symlink_to("/dev/full")
    with pytest.raises(UsageError, match="the disk is full"):
        plot().save(str(tmp_path / name))


@pytest.mark.parametrize("name", ["x.nonsense", "x", "nowhere/x.png", "nowhere/x.csv"])
def test_what_cannot_be_written_is_told(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=f"Cannot write {name}"):
        plot().save(name)
