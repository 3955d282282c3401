"""Find the kinds that a folder holds: one module per kind, listed nowhere else."""

import importlib
import pkgutil
from collections.abc import Iterable
from typing import TypeVar

__all__ = ["find_kinds"]

T = TypeVar("T")


def find_kinds(package: str, path: Iterable[str], contract: type[T]) -> dict[str, type[T]]:
    """Concrete subclasses of ``contract`` in the modules of a package, by their ``kind``.

    Call it at the end of the package's ``__init__``, so that the modules can import the contract.

    Parameters
    ----------
    package, path
        ``__name__`` and ``__path__`` of the folder.
    contract : type
        What every kind derives from. A concrete kind has a class attribute ``kind``, its name.

    Raises
    ------
    TypeError
        If two kinds have the same name.
    """
    kinds: dict[str, type[T]] = {}
    for info in sorted(pkgutil.iter_modules(path), key=lambda info: info.name):
        module = importlib.import_module(f"{package}.{info.name}")
        for value in vars(module).values():
            own = isinstance(value, type) and value.__module__ == module.__name__
            if own and issubclass(value, contract) and "kind" in vars(value):
                name: str = vars(value)["kind"]
                if name in kinds:
                    raise TypeError(f"{value} and {kinds[name]} are both called {name!r}")
                kinds[name] = value
    return kinds
