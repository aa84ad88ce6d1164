"""One module of a package, imported without what its package does at import.

The packages of published networks fetch files, load plotting libraries and whole model zoos, and
change warning filters while they are imported. Their network code needs none of that.
"""

import importlib
import sys
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import NoReturn

_IMPORTING = threading.RLock()


def module_alone(name: str, *, absent: Sequence[str] = ()) -> ModuleType:
    """Import a module, but run no `__init__` of the packages it lies in.

    The module and its siblings are private to the caller: `sys.modules` holds of that package what
    it held before, so that a later `import` of it runs as if nothing had been. Libraries that the
    module imports stay loaded.

    Args:
        name: Full name of a module, such as `panns_inference.models`.
        absent: Modules that it imports and does not need, such as `matplotlib`. Those that are not
            loaded yet are not loaded here either; what it takes from them raises when called.

    Raises:
        ModuleNotFoundError: If there is no such package or module.

    Example:
        >>> module_alone("wsgiref.headers").__name__
        'wsgiref.headers'
    """
    package, *inner = name.split(".")[:-1]
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        msg = f"expected the package {package!r} to be installed"
        raise ModuleNotFoundError(msg, name=package)
    folder = Path(spec.submodule_search_locations[0])
    parents = [_bare(package, folder)]
    for part in inner:
        folder /= part
        parents.append(_bare(f"{parents[-1].__name__}.{part}", folder))
    with _IMPORTING, warnings.catch_warnings(), _own_modules(package, absent):
        warnings.simplefilter("ignore")
        sys.modules.update({parent.__name__: parent for parent in parents})
        return importlib.import_module(name)


class _Absent(ModuleType):
    def __init__(self, name: str) -> None:
        super().__init__(name, "Stands in for a module that is not loaded.")
        self.__spec__ = ModuleSpec(name, None)

    def __getattr__(self, attribute: str) -> object:
        if attribute.startswith("__"):
            raise AttributeError(attribute)

        def refuse(*_: object, **__: object) -> NoReturn:
            msg = f"{self.__name__}.{attribute} was called, but {self.__name__} is not loaded here"
            raise ImportError(msg, name=self.__name__)

        return refuse


@contextmanager
def _own_modules(package: str, absent: Sequence[str]) -> Iterator[None]:
    """Hide a package and put stand-ins in the places of others, while the body runs."""
    before = {name: sys.modules[name] for name in list(sys.modules) if _within(name, package)}
    for name in before:
        del sys.modules[name]
    stand_ins = {name: _Absent(name) for name in absent if name not in sys.modules}
    for name, stand_in in stand_ins.items():
        parent, _, child = name.rpartition(".")
        if parent in stand_ins:
            setattr(stand_ins[parent], child, stand_in)
    sys.modules.update(stand_ins)
    try:
        yield
    finally:
        for name in [one for one in list(sys.modules) if _within(one, package)]:
            del sys.modules[name]
        for name in stand_ins:
            del sys.modules[name]
        sys.modules.update(before)


def _within(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def _bare(name: str, folder: Path) -> ModuleType:
    module = ModuleType(name)
    module.__path__ = [str(folder)]
    return module
