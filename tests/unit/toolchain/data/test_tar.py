"""Archives made from folders."""

import io
import os
import tarfile

from unikernel_toolchain.data import tar


def test_an_archive_is_read_back_and_knows_no_dates(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub/file").write_bytes(b"x" * 700)
    long = tmp_path / ("a" * 200)
    long.mkdir()
    (long / ("b" * 200)).write_bytes(b"")
    first = tar.image(tmp_path)
    os.utime(tmp_path / "sub/file", (1, 1))
    assert tar.image(tmp_path) == first
    assert len(first) % 512 == 0
    with tarfile.open(fileobj=io.BytesIO(first)) as archive:
        assert archive.getnames() == ["a" * 200, f"{'a' * 200}/{'b' * 200}", "sub", "sub/file"]
        assert archive.extractfile("sub/file").read() == b"x" * 700
        assert {member.mtime for member in archive} == {0}


def test_source_date_epoch_dates_members(tmp_path, monkeypatch):
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1000000000")
    with tarfile.open(fileobj=io.BytesIO(tar.image(tmp_path))) as archive:
        assert archive.getmember("file").mtime == 1_000_000_000
