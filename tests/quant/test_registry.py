"""A folder of kinds finds its modules."""

import sys

import pytest

from quant.registry import find_kinds

CONTRACT = "from quant.registry import find_kinds\nclass Contract: pass\n"
KIND = "from {package} import Contract\nclass {name}(Contract):\n    kind = {kind!r}\n"


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Writes a package whose modules hold one kind each, and finds them."""

    def find(name, kinds):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "__init__.py").write_text(CONTRACT)
        for module, kind in kinds.items():
            text = KIND.format(package=name, name=module.title(), kind=kind)
            (folder / f"{module}.py").write_text(text)
        monkeypatch.syspath_prepend(str(tmp_path))
        contract = __import__(name).Contract
        found = find_kinds(name, [str(folder)], contract)
        for module in [key for key in sys.modules if key.partition(".")[0] == name]:
            monkeypatch.delitem(sys.modules, module)
        return found

    return find


def test_every_module_is_found_in_order(package):
    found = package("colours", {"red": "r", "blue": "b"})
    assert {kind: cls.__name__ for kind, cls in found.items()} == {"b": "Blue", "r": "Red"}
    assert list(found) == ["b", "r"]


def test_same_name_twice(package):
    with pytest.raises(TypeError, match="are both called 'same'"):
        package("twins", {"one": "same", "two": "same"})
