"""What an application of a config.ml links besides what a cell of the same text does."""

import pytest

from unikernel_toolchain import build
from unikernel_toolchain.model.config import Config
from unikernel_toolchain.model.configuration import Configuration
from unikernel_toolchain.report.inspect import contributions

SILENT = 'module Main = struct let start = print_endline "hello"; Lwt.return_unit end'
CONFIG = 'open Mirage\nlet () = register "hello" [foreign "Unikernel.Main" job]\n'
LOGGING = 'module Main = struct let start = Logs.info (fun m -> m "hi"); Lwt.return_unit end'
TABLES = "module Main = struct let start = ignore (Hashtbl.hash 1); Lwt.return_unit end"
TERMS = "module Main = struct let start = ignore Key_gen.logs_t; Lwt.return_unit end"


def configured(source, folder, config=CONFIG):
    return build(
        Config("hello", {"unikernel.ml": source}, configuration=Configuration(config, folder))
    )


def modules(image):
    return {part.module for part in contributions(image)}


def test_a_hello_is_at_most_a_tenth_larger_than_as_a_cell(tmp_path):
    cell = build(Config("hello", {"cell.ml": SILENT}, packages=("lwt",)))
    image = configured(SILENT, tmp_path)
    assert image.path.stat().st_size <= 1.1 * cell.path.stat().st_size
    large = {"logs", "stdlib__Format", "stdlib__Hashtbl", "stdlib__Printf", "cmdliner"}
    assert not (modules(image) - modules(cell)) & large


@pytest.mark.parametrize(
    ("source", "module"),
    [(LOGGING, "mirage_logs"), (TABLES, "stdlib__Hashtbl"), (TERMS, "cmdliner_term")],
)
def test_what_is_named_is_linked(source, module, tmp_path):
    assert module in modules(configured(source, tmp_path))


def test_what_a_package_stands_on_is_linked(tmp_path):
    config = CONFIG.replace('"Unikernel.Main"', '~packages:[package "cohttp-lwt"] "Unikernel.Main"')
    assert "mirage_logs" in modules(configured(SILENT, tmp_path, config))
