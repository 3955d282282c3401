"""A clocked design as terms of a solver: what Yosys' BTOR2 writer says, read back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bitwuzla import Kind, Term, TermManager

__all__ = ["Node", "State", "TransitionSystem", "is_one", "read_btor", "value_of"]

UNARY = {
    "not": Kind.BV_NOT,
    "neg": Kind.BV_NEG,
    "redand": Kind.BV_REDAND,
    "redor": Kind.BV_REDOR,
    "redxor": Kind.BV_REDXOR,
}
BINARY = {
    "and": Kind.BV_AND,
    "nand": Kind.BV_NAND,
    "nor": Kind.BV_NOR,
    "or": Kind.BV_OR,
    "xnor": Kind.BV_XNOR,
    "xor": Kind.BV_XOR,
    "add": Kind.BV_ADD,
    "mul": Kind.BV_MUL,
    "sub": Kind.BV_SUB,
    "sdiv": Kind.BV_SDIV,
    "smod": Kind.BV_SMOD,
    "srem": Kind.BV_SREM,
    "udiv": Kind.BV_UDIV,
    "urem": Kind.BV_UREM,
    "sll": Kind.BV_SHL,
    "sra": Kind.BV_ASHR,
    "srl": Kind.BV_SHR,
    "concat": Kind.BV_CONCAT,
}
PREDICATES = {
    "eq": Kind.EQUAL,
    "iff": Kind.EQUAL,
    "neq": Kind.DISTINCT,
    "sgt": Kind.BV_SGT,
    "sgte": Kind.BV_SGE,
    "slt": Kind.BV_SLT,
    "slte": Kind.BV_SLE,
    "ugt": Kind.BV_UGT,
    "ugte": Kind.BV_UGE,
    "ult": Kind.BV_ULT,
    "ulte": Kind.BV_ULE,
}
EXTENSIONS = {"uext": Kind.BV_ZERO_EXTEND, "sext": Kind.BV_SIGN_EXTEND}
CONSTANTS: Mapping[str, Callable[[int, str], int]] = {
    "const": lambda width, text: int(text, 2),
    "constd": lambda width, text: int(text),
    "consth": lambda width, text: int(text, 16),
    "zero": lambda width, text: 0,
    "one": lambda width, text: 1,
    "ones": lambda width, text: 2**width - 1,
}


@dataclass
class State:
    """A register.

    Parameters
    ----------
    name : str
    width : int
    next : int
        Number of the node that it becomes.
    init : int or None
        Number of the node that it begins with; without one, it begins with any value.
    """

    name: str
    width: int
    next: int = 0
    init: int | None = None


@dataclass(frozen=True)
class Node:
    """An operator of some arguments, which are numbers of nodes, and of constants."""

    operator: str
    width: int
    arguments: tuple[int, ...]
    constants: tuple[int, ...] = ()


@dataclass(frozen=True)
class TransitionSystem:
    """Inputs, registers, and what outputs and next states are of both.

    Nodes have numbers; a negative number stands for the complement of the node.

    Parameters
    ----------
    inputs : dict
        ``{node: (name, width)}``
    states : dict
        ``{node: State}``
    outputs : dict
        ``{name: node}``
    nodes : dict
        ``{node: Node}``, each after its arguments.
    """

    inputs: dict[int, tuple[str, int]] = field(default_factory=dict)
    states: dict[int, State] = field(default_factory=dict)
    outputs: dict[str, int] = field(default_factory=dict)
    nodes: dict[int, Node] = field(default_factory=dict)

    def evaluate(self, tm: TermManager, leaves: Mapping[int, Term]) -> dict[int, Term]:
        """Terms of all nodes, given those of inputs and states."""
        terms = dict(leaves)
        for number, node in self.nodes.items():
            terms[number] = _term(tm, node, [value_of(tm, terms, n) for n in node.arguments])
        return terms

    def width(self, number: int) -> int:
        """Bits of a node."""
        number = abs(number)
        if number in self.inputs:
            return self.inputs[number][1]
        return (self.states.get(number) or self.nodes[number]).width

    def first_value(self, number: int | None) -> int:
        """Value of a node that is a constant.

        Raises
        ------
        ValueError
            If it is none.
        """
        node = self.nodes.get(number) if number else None
        if node is None or node.operator not in CONSTANTS:
            raise ValueError("A register's first value must be a constant")
        return node.constants[0]

    def input_named(self, name: str) -> int | None:
        """Number of an input; None if nothing depends on it."""
        numbers = (number for number, (other, _) in self.inputs.items() if other == name)
        return next(numbers, None)

    def depends(self, output: str, source: int) -> bool:
        """Whether there is a path without a register from an input to an output."""
        waiting, seen = [abs(self.outputs[output])], set()
        while waiting:
            number = waiting.pop()
            if number not in seen and number in self.nodes:
                waiting += map(abs, self.nodes[number].arguments)
            seen.add(number)
        return source in seen


def value_of(tm: TermManager, terms: Mapping[int, Term], number: int) -> Term:
    """Term of a node; a negative number stands for the complement."""
    return terms[number] if number > 0 else tm.mk_term(Kind.BV_NOT, [terms[-number]])


def _term(tm: TermManager, node: Node, arguments: list[Term]) -> Term:
    """One node as a term; every value is a bit vector, truths too."""
    if node.operator in CONSTANTS:
        return tm.mk_bv_value(tm.mk_bv_sort(node.width), node.constants[0])
    if node.operator in UNARY:
        return tm.mk_term(UNARY[node.operator], arguments)
    if node.operator in BINARY:
        return tm.mk_term(BINARY[node.operator], arguments)
    if node.operator in PREDICATES:
        return _bit(tm, tm.mk_term(PREDICATES[node.operator], arguments))
    if node.operator == "implies":
        left, right = arguments
        return tm.mk_term(Kind.BV_OR, [tm.mk_term(Kind.BV_NOT, [left]), right])
    if node.operator == "ite":
        choice, then, otherwise = arguments
        return tm.mk_term(Kind.ITE, [is_one(tm, choice), then, otherwise])
    if node.operator == "slice":
        return tm.mk_term(Kind.BV_EXTRACT, arguments, list(node.constants))
    return tm.mk_term(EXTENSIONS[node.operator], arguments, list(node.constants))


def is_one(tm: TermManager, bit: Term) -> Term:
    """A bit as a truth."""
    return tm.mk_term(Kind.EQUAL, [bit, tm.mk_bv_one(tm.mk_bv_sort(1))])


def _bit(tm: TermManager, truth: Term) -> Term:
    sort = tm.mk_bv_sort(1)
    return tm.mk_term(Kind.ITE, [truth, tm.mk_bv_one(sort), tm.mk_bv_zero(sort)])


def read_btor(text: str) -> TransitionSystem:
    """Read BTOR2 without arrays (Niemetz et al., CAV 2018).

    Raises
    ------
    ValueError
        If a line holds an array or an operator that is not known.
    """
    system = TransitionSystem()
    widths: dict[int, int] = {}
    for line in text.splitlines():
        words = line.partition(";")[0].split()
        if not words:
            continue
        number, operator, rest = int(words[0]), words[1], words[2:]
        if operator == "sort":
            if rest[0] != "bitvec":
                raise ValueError(f"BTOR2 with arrays cannot be read: {line}")
            widths[number] = int(rest[1])
        elif operator in ("input", "state"):
            width = widths[int(rest[0])]
            name = rest[1] if len(rest) > 1 else f"{operator}{number}"
            if operator == "input":
                system.inputs[number] = (name, width)
            else:
                system.states[number] = State(name, width)
        elif operator in ("init", "next"):
            setattr(system.states[int(rest[1])], operator, int(rest[2]))
        elif operator == "output":
            system.outputs[rest[1]] = int(rest[0])
        else:
            system.nodes[number] = _read_node(line, operator, widths[int(rest[0])], rest[1:])
    for number, state in list(system.states.items()):
        if not state.next:
            # Yosys' way to write an undefined value.
            system.inputs[number] = (state.name, state.width)
            del system.states[number]
    return _relevant(system)


def _relevant(system: TransitionSystem) -> TransitionSystem:
    """What outputs depend on, now or later."""
    waiting, seen = list(map(abs, system.outputs.values())), set()
    while waiting:
        number = waiting.pop()
        if number in seen:
            continue
        seen.add(number)
        if number in system.nodes:
            waiting += map(abs, system.nodes[number].arguments)
        elif number in system.states:
            state = system.states[number]
            waiting += [abs(other) for other in (state.init, state.next) if other]
    return TransitionSystem(
        inputs={number: found for number, found in system.inputs.items() if number in seen},
        states={number: found for number, found in system.states.items() if number in seen},
        outputs=system.outputs,
        nodes={number: found for number, found in system.nodes.items() if number in seen},
    )


def _read_node(line: str, operator: str, width: int, rest: list[str]) -> Node:
    """An operator, its sort taken off."""
    if operator in CONSTANTS:
        value = CONSTANTS[operator](width, rest[0] if rest else "")
        return Node(operator, width, (), (value % 2**width,))
    n_arguments, n_constants = _shape_of(operator)
    if not n_arguments:
        raise ValueError(f"BTOR2 operator is not known: {line}")
    arguments = tuple(int(word) for word in rest[:n_arguments])
    if operator in EXTENSIONS and arguments == (-1,):
        # Yosys' way to extend a value that has no bits.
        return Node("zero", width, (), (0,))
    constants = tuple(int(word) for word in rest[n_arguments:][:n_constants])
    return Node(operator, width, arguments, constants)


def _shape_of(operator: str) -> tuple[int, int]:
    """Number of arguments and of constants behind them."""
    if operator in UNARY:
        return 1, 0
    if operator in BINARY or operator in PREDICATES:
        return 2, 0
    return {"implies": (2, 0), "ite": (3, 0), "slice": (1, 2), "uext": (1, 1), "sext": (1, 1)}.get(
        operator, (0, 0)
    )
