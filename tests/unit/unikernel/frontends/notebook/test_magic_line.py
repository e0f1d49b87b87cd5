import pytest

from unikernel.errors import UsageError
from unikernel.frontends.notebook.magic_line import expand, without_remark

NAMES = {"name": "my image", "n": 5, "d": {"a": 1}, "pi": 3.14159, "flags": "-m 64"}


@pytest.mark.parametrize(
    ("line", "rest"),
    [
        ("boot X  # a remark", "boot X  "),
        ("boot X # don't", "boot X "),
        ("# only a remark", ""),
        ("boot X -- '#first' \"a # b\" # rest", "boot X -- '#first' \"a # b\" "),
        ("measure http X --path /a#b", "measure http X --path /a#b"),
        ("boot X -- \\# x", "boot X -- \\# x"),
        ("boot 'open # quote", "boot 'open "),
        ("", ""),
    ],
)
def test_a_remark_begins_a_word_outside_quotes(line, rest):
    assert without_remark(line) == rest


@pytest.mark.parametrize(
    ("line", "expanded"),
    [
        ("boot '{name}'", "boot 'my image'"),
        ("boot '$name'", "boot 'my image'"),
        ("gdb {n} 'x/3i $pc' 'p $name'", "gdb 5 'x/3i $pc' 'p $name'"),
        ("step X --memory '$rsp + 8'", "step X --memory '$rsp + 8'"),
        ("boot X {flags}", "boot X -m 64"),
        ("-m {n * 2} {d['a']} {pi:.2f} {name!r}", "-m 10 1 3.14 'my image'"),
        ("{1 + 1} {'a' * 3} {6 / 4:.2f} {'ab'[1]!r} {'ab'.upper()}", "2 aaa 1.50 'b' AB"),
        ("{{name}} $$name {{1/0}}", "{name} $name {1/0}"),
        ("sweep boot X -e A={{name}} -m {n}", "sweep boot X -e A={{name}} -m 5"),
        ("{2,4} {-1} {0} {True} {'a'} {[1, 2]} {...} {{2,4}}",) * 2,
        ("--expect '[0-9]{3}x{2,4}$'", "--expect '[0-9]{3}x{2,4}$'"),
        ("qmp X f '{\"id\":1}'", "qmp X f '{\"id\":1}'"),
        ('qmp X f \'{"a": {"b": {n}}}\'', 'qmp X f \'{"a": {"b": 5}}\''),
        ("{} $ $1 {n +}", "{} $ $1 {n +}"),
    ],
)
def test_values_take_the_places_of_names(line, expanded):
    assert expand(line, NAMES) == expanded


@pytest.mark.parametrize(
    ("line", "what", "hint"),
    [
        ("boot {nmae}", "there is no 'nmae'", "Did you mean 'name'?"),
        ("boot $nmae", "there is no 'nmae'", "write $$nmae"),
        ("boot {n / 0}", "ZeroDivisionError", "write {{n / 0}}"),
        ("args -- {1/0}", "{1/0} in the line has no value: ZeroDivisionError", "write {{1/0}}"),
        ("args -- {1/0:.2f}", "ZeroDivisionError: division by zero", "write {{1/0:.2f}}"),
        ("args -- {[1][3]}", "IndexError: list index out of range", "write {{[1][3]}}"),
        ("args -- x{'a' + 1}y", "TypeError: can only concatenate", "write {{'a' + 1}}"),
        ("args -- {None.x}", "AttributeError: 'NoneType'", "write {{None.x}}"),
        ("args -- {1 < 'a'}", "TypeError: '<' not supported", "write {{1 < 'a'}}"),
        ("boot {name:d}", "ValueError", "write {{name:d}}"),
    ],
)
def test_what_has_no_value_is_said(line, what, hint):
    with pytest.raises(UsageError) as caught:
        expand(line, NAMES)
    assert what in caught.value.what
    assert hint in caught.value.hint
