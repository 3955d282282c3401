"""What each ONNX operator does to the network that is built: one function for each, in a table."""

import importlib
import pkgutil

from quant.onnx_float.operators._step import OPERATORS, Operation, Step

__all__ = ["OPERATORS", "Operation", "Step", "operator_table"]

for _info in sorted(pkgutil.iter_modules(__path__), key=lambda info: info.name):
    importlib.import_module(f"{__name__}.{_info.name}")


def operator_table() -> list[dict[str, str]]:
    """Operators that can be built, as rows ``{"op", "limits"}``, in alphabetical order."""
    return [{"op": op, "limits": limits} for op, (_, limits) in sorted(OPERATORS.items())]
