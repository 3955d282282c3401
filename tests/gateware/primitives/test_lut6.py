"""Functions of bits, and how many tables they take."""

import pytest

from shiftconv.gateware.primitives.lut6 import BitFunction, share_tables, single_init, table_init


def parity_of(*names):
    return BitFunction.of(names, lambda bits: sum(bits[name] for name in names) & 1)


def test_inputs_without_a_say_are_left_out():
    function = BitFunction.of(("a", "b", "c", "a"), lambda bits: bits["c"] | bits["a"] & ~bits["a"])
    assert function == BitFunction(("c",), (0, 1))
    assert function.is_free


def test_truth_by_the_first_input_lowest():
    function = BitFunction.of(("a", "b"), lambda bits: bits["a"] & ~bits["b"])
    assert function.truth == (0, 1, 0, 0)
    assert [function({"a": n & 1, "b": n >> 1}) for n in range(4)] == [0, 1, 0, 0]
    assert not function.is_free


def test_functions_of_five_inputs_in_all_share_a_table():
    functions = [
        parity_of("a", "b", "c", "d", "e", "f"),
        parity_of("a"),
        parity_of("a", "b", "c"),
        parity_of("x", "y"),
        BitFunction.of((), lambda bits: 1),
        parity_of("a", "b", "c", "d"),
    ]
    assert share_tables(functions) == [(2, 5)]


def test_table_of_two_functions():
    both = parity_of("a", "b"), BitFunction.of(("b", "c"), lambda bits: bits["b"] & bits["c"])
    init, names = table_init(both)
    assert names == ["a", "b", "c"]
    for pins in range(64):
        bits = {name: pins >> n & 1 for n, name in enumerate(names)}
        assert init >> pins & 1 == both[0 if pins & 32 else 1](bits)


def test_table_of_one_function():
    function = BitFunction.of(("a", "b"), lambda bits: bits["a"] & ~bits["b"])
    init = single_init(function)
    assert [init >> pins & 1 for pins in range(64)] == [0, 1, 0, 0] * 16


def test_too_many_inputs():
    with pytest.raises(ValueError, match="A function may have 6 inputs, not 7"):
        single_init(parity_of(*"abcdefg"))
    with pytest.raises(ValueError, match="Two functions may have 5 inputs, not 6"):
        table_init((parity_of(*"abc"), parity_of(*"def")))
