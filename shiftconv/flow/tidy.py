"""Yosys' Verilog as a person would have written it: shorter, and twice as fast to simulate.

Amaranth computes a register's next value in a process of its own, which Yosys writes as an
``always @*`` block; a simulator then runs it whenever an input moves, not once a clock. And a bit
that is repeated comes out as a list. Both are put right in the text; whatever does not look exactly
as expected stays as it is.
"""

import re

__all__ = ["tidy_verilog"]

# A name of Yosys' own making; an escaped name ends with a space.
PRIVATE = r"\\\$\d+ "
NAME = r"(?:\\\S+ |[A-Za-z_]\w*)"

REGISTER = re.compile(
    rf"^  always @\(posedge (?P<clk>{NAME})\)\n    (?P<target>{NAME}) <= (?P<next>{PRIVATE});\n",
    re.MULTILINE,
)
# The condition is never true: it makes the block run at time 0.
TRIGGER = re.compile(r"\\\$auto\$verilog_backend\.cc:\d+:dump_module\$\d+ ")
BLOCK = re.compile(
    rf"^  always @\* begin\n    if \({TRIGGER.pattern}\) begin end\n"
    rf"(?P<body>    (?P<next>{PRIVATE})(?:\[[\d:]+\])? = .*?)^  end\n",
    re.MULTILINE | re.DOTALL,
)
# A concatenation of names and constants, no expression in it.
CONCATENATION = re.compile(r"\{ [^{}()?+*/&|^~;-]*\}")
REPEATED = re.compile(rf"(?<= )({NAME}(?:\[\d+\] ?)?)(?:, \1)+(?=,| *\}})")


def tidy_verilog(text: str) -> str:
    """The same design, in shorter text.

    Parameters
    ----------
    text : str
        What Yosys' ``write_verilog -norename`` makes of Amaranth's RTLIL after ``proc -nomux``.
    """
    text = CONCATENATION.sub(lambda match: REPEATED.sub(_replication, match[0]), text)
    modules = re.split(r"(?<=^endmodule\n)", text, flags=re.MULTILINE)
    return "".join(_merge_registers(module) for module in modules)


def _replication(match: re.Match) -> str:
    """``a, a, a`` as ``{3{a}}``."""
    count = (len(match[0]) + 2) // (len(match[1]) + 2)
    return f"{{{count}{{{match[1]}}}}}"


def _merge_registers(module: str) -> str:
    """Move the computation of next values into the clocked blocks of their registers."""
    blocks = {match["next"]: match for match in BLOCK.finditer(module)}
    edits: dict[tuple[int, int], str] = {}
    for register in REGISTER.finditer(module):
        block = blocks.get(register["next"])
        if block is None:
            continue
        name = re.escape(block["next"])
        assignment = re.compile(rf"^( +){name}(\[[\d:]+\])? = ", re.MULTILINE)
        declarations = list(re.finditer(rf"^  reg (?:\[\d+:0\] )?{name};\n", module, re.MULTILINE))
        # Only this block may assign the next value, nothing but the register may read it.
        target = _plain(register["target"])
        body, n_assignments = assignment.subn(rf"\1{target}\2 <= ", block["body"])
        n_used = module.count(block["next"])
        if len(declarations) != 1 or n_used != n_assignments + 2:
            continue
        # Keeping its value is what a register does by itself.
        keeps = f"    {register['target']} <= {register['target']};\n"
        body = body.removeprefix(keeps)
        edits[declarations[0].span()] = ""
        edits[block.span()] = ""
        edits[register.span()] = f"  always @(posedge {register['clk']}) begin\n{body}  end\n"
    for (start, end), new in sorted(edits.items(), reverse=True):
        module = module[:start] + new + module[end:]
    return _with_trigger_at_work(module)


def _plain(text: str) -> str:
    """``text`` as the replacement of a regular expression."""
    return text.replace("\\", r"\\")


def _with_trigger_at_work(module: str) -> str:
    """Drop the declaration of a trigger that no block needs, make another one work everywhere.

    In SystemVerilog the value of a declaration is there before any block waits for a change, so
    that ``iverilog -g2012`` would never run these blocks; an initial block comes after them.
    """
    triggers = TRIGGER.findall(module)
    if not triggers:
        return module
    name = triggers[0]
    declaration = f"  reg {name} = 0;\n"
    if len(triggers) == 1:
        return module.replace(declaration, "")
    ending = f"  initial {name}= 0;\nendmodule\n"
    return module.replace(declaration, f"  reg {name};\n").replace("endmodule\n", ending)
