import pytest

from unikernel_toolchain.errors import BadRequest
from unikernel_toolchain.sources.application_folder import GENERATED, gather


def write(folder, **files):
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_DOT_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_what_lies_beside_config_ml_and_below_is_the_application(tmp_path):
    write(
        tmp_path,
        config_DOT_ml="open Mirage",
        unikernel_DOT_ml="let x = 1",
        lib__helper_DOT_ml="let y = 2",
        stubs__fast_DOT_c="int f;",
    )
    found = gather(tmp_path)
    assert found.config == "open Mirage"
    assert sorted(found.sources) == ["helper.ml", "stubs/fast.c", "unikernel.ml"]
    assert found.labels["helper.ml"] == str(tmp_path / "lib/helper.ml")


def test_what_was_generated_or_is_anothers_is_left_out(tmp_path):
    write(
        tmp_path,
        config_DOT_ml="open Mirage",
        main_DOT_ml=f"{GENERATED} something *)",
        _build__x_DOT_ml="let x = 1",
        other__config_DOT_ml="open Mirage",
        other__unikernel_DOT_ml="let x = 1",
    )
    assert gather(tmp_path).sources == {}


def test_a_module_config_below_is_the_applications(tmp_path):
    write(
        tmp_path,
        config_DOT_ml="open Mirage",
        lib__config_DOT_ml="let name = Mirage_runtime.x",
        lib__helper_DOT_ml="let y = Config.name",
    )
    assert sorted(gather(tmp_path).sources) == ["config.ml", "helper.ml"]


def test_of_two_modules_of_one_name_the_nearer_is_taken(tmp_path):
    write(tmp_path, config_DOT_ml="x", util_DOT_ml="near", test__util_DOT_ml="far")
    assert gather(tmp_path).sources == {"util.ml": "near"}


@pytest.mark.parametrize("folder", ["", "nowhere"])
def test_a_folder_without_a_config_ml_is_no_application(tmp_path, folder):
    with pytest.raises(BadRequest, match=r"There is no"):
        gather(tmp_path / folder)
