"""What gdb reads: sources at their lines, names as their source has them."""

from unikernel.debugging.gdb_interface import workspace


def test_a_cell_is_written_with_its_lines_where_they_are(tmp_path):
    files = {"cell.ml": '# 3 "cell hello"\nlet x = 1\nlet y = 2', "link.sh": "#!/bin/sh\n"}
    assert workspace.numbered(files) == {"cell hello": "\n\nlet x = 1\nlet y = 2\n"}
    assert workspace._write_sources(files, tmp_path / "new") == ("cell hello",)
    lines = (tmp_path / "new/cell hello").read_text().splitlines()
    assert lines.index("let y = 2") == 4 - 1


def test_files_are_written_in_their_folders_and_nowhere_else(tmp_path):
    files = {"1": '# 1 "src/a.ml"\na', "2": '# 1 "/etc/b.ml"\nb', "3": '#line 1 "../c.c"\nc'}
    folder = tmp_path / "sources"
    assert workspace._write_sources(files, folder) == ("src/a.ml", "/etc/b.ml", "../c.c")
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["a.ml"]
