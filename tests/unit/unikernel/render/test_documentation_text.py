"""Doc comments in odoc's markup, as plain text."""

import pytest

from unikernel.render.documentation import LIMIT, Documentation, mime_bundle, plain


@pytest.mark.parametrize(
    ("comment", "text"),
    [
        (" [map f l] applies [f], see {!List.iter}. ", "map f l applies f, see List.iter."),
        (" {b Bold} and {e soft} and {{!t} a {e type}}.", "Bold and soft and a type."),
        (" First.\n    Second.\n      Third.", "First.\nSecond.\n  Third."),
        (" Say:\n{[\nlet x =\n  [| 1 |]\n]}\n    so.", "Say:\n\n    let x =\n      [| 1 |]\n\nso."),
        (" See [[1; 2]] and a.[i].", "See [[1; 2]] and a.[i]."),
        ("@canonical Stack\n", ""),
        ("", ""),
        ("{[", "{["),
        ("{!", "{!"),
    ],
)
def test_markup_is_left_out(comment, text):
    assert plain(comment) == text


def test_what_is_written_is_text_in_html():
    shown = Documentation("<b>", (("<i>", "<u>"),), "<script>", "\x1b[31m<img>")._repr_html_()
    for tag in ("<b><", "<i>", "<u>", "<script>", "<img>", "\x1b"):
        assert tag not in shown.replace("<pre><b>", "")


def test_what_is_shown_is_bounded():
    assert len(mime_bundle("x" * 10**7)["text/html"]) < LIMIT + 100
    huge = Documentation("val x", comment="y" * 10**6, interface="z" * 10**6)
    assert len(str(huge)) < LIMIT + 100
    assert len(huge._repr_html_()) < 3 * LIMIT
