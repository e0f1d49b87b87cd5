"""A held guest as text and as HTML."""

from unikernel.model.debugging.step import Entry, Line, Pages, Place, Register, Step, Word
from unikernel.render.steps import StepView

STEP = Step(
    "hello",
    place=Place("Cell.go", "cell hello", 3, 0x1029C8),
    source=(Line(2, "let x = 1 < 2", False), Line(3, "let y = 2", True)),
    instructions=(Line(0x1029C8, "mov    %rax,(%rsp)", True),),
    registers=(Register("rax", 3), Register("rbx", 5, 4)),
    stack=(Word(0x6000, 0x1029C8, "Cell.go + 4"),),
    memory_at=0x6000,
    memory=b"\x1b[2Jabc<b>" + bytes(7),
    pages=(Pages(0x1000, 0x2000, "R-X", ".text"),),
    walk=(Entry("PML4", 0, 0x612000, 0x613023, "RWX, next table 0x613000"),),
)


def test_as_text_it_is_complete():
    said = str(StepView(STEP))
    assert "hello: Cell.go at 0x1029c8, cell hello line 3" in said
    assert "=> 3  let y = 2" in said
    assert "   2  let x = 1 < 2" in said
    assert "*rbx" in said
    assert "rbx was 0x4" in said
    assert "rax was" not in said
    for part in ("Cell.go + 4", "0x1000", "R-X", "PML4", "1b 5b 32 4a", ".[2Jabc<b>"):
        assert part in said
    assert "\x1b" not in said


def test_as_html_it_says_the_same_and_is_escaped():
    html = StepView(STEP)._repr_html_()
    assert "let x = 1 &lt; 2" in html
    assert "abc&lt;b&gt;" in html
    assert "* was 0x4" in html
    assert html.count("<caption>") == 5
    assert "<b>abc" not in html


def test_what_is_left_and_how_it_ended_are_told():
    assert "(1,000 steps were left)" in str(StepView(Step("x", 1000, place=STEP.place)))
    ended = StepView(Step("x", ended="failed, status 2"))
    assert str(ended) == "x: failed, status 2"
    assert "failed, status 2" in ended._repr_html_()
