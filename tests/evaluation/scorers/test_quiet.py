import sys
import warnings
from importlib import import_module

import pytest

from evaluation.scorers.quiet import module_alone

NOISY = """
import warnings
from pathlib import Path
print("a package speaks")
warnings.filterwarnings("ignore", category=RuntimeWarning)
Path(__file__).with_name("fetched").touch()
"""
NETWORK = """
import warnings
import plotting.pages as pages
from plotting.zoo import download
from .layer import double
warnings.warn("a module warns")
warnings.filterwarnings("ignore", category=ResourceWarning)
def plot():
    return pages.show()
"""


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package that prints, warns and writes in its `__init__`, and a library it plots with."""
    for name in ("noisypackage", "noisypackage/inner", "plotting"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(NOISY, encoding="utf-8")
    inner = tmp_path / "noisypackage/inner"
    (inner / "network.py").write_text(NETWORK, encoding="utf-8")
    (inner / "layer.py").write_text("double = lambda x: 2 * x", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    for name in [one for one in sys.modules if one.startswith(("noisypackage", "plotting"))]:
        del sys.modules[name]


def network():
    absent = ["plotting", "plotting.pages", "plotting.zoo"]
    return module_alone("noisypackage.inner.network", absent=absent)


def test_a_module_comes_without_what_its_packages_do(package, capfd):
    filters = list(warnings.filters)
    assert network().double(4) == 8
    assert capfd.readouterr() == ("", "")
    assert not list(package.rglob("fetched"))
    assert warnings.filters == filters
    assert not [name for name in sys.modules if name.startswith(("noisypackage", "plotting"))]


@pytest.mark.usefixtures("package")
def test_the_package_itself_can_still_be_imported_afterwards(capfd):
    alone = network()
    whole = import_module("noisypackage.inner.layer")
    assert "a package speaks" in capfd.readouterr().out
    assert whole.double is not alone.double
    network()
    assert sys.modules["noisypackage.inner.layer"] is whole


@pytest.mark.usefixtures("package")
def test_what_a_module_takes_from_an_absent_one_raises_when_called():
    for call in (network().download, network().plot):
        with pytest.raises(ImportError, match=r"plotting[.a-z]+ was called, .* not loaded"):
            call()


@pytest.mark.usefixtures("package")
def test_a_library_that_is_loaded_already_is_used_as_it_is():
    plotting = import_module("plotting")
    assert network().pages.__name__ == "plotting.pages"
    assert sys.modules["plotting"] is plotting


def test_a_failed_import_leaves_nothing_behind(package):
    (package / "noisypackage/inner/layer.py").write_text("1 / 0", encoding="utf-8")
    with pytest.raises(ZeroDivisionError):
        network()
    assert not [name for name in sys.modules if name.startswith(("noisypackage", "plotting"))]


@pytest.mark.usefixtures("package")
@pytest.mark.parametrize("name", ["no_such_package.module", "noisypackage.inner.no_such_module"])
def test_a_missing_module_is_a_named_error(name):
    with pytest.raises(ModuleNotFoundError, match="no_such"):
        module_alone(name)
