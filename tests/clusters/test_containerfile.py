import re
import tomllib

from packaging.specifiers import SpecifierSet

from tests.places import PROJECT

LINES = (PROJECT / "cluster/Containerfile").read_text(encoding="utf-8").splitlines()
DECLARED = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))


def test_the_image_has_the_beam_of_the_constraints_and_a_python_of_the_project():
    (base,) = (line for line in LINES if line.startswith("FROM "))
    python, beam = re.fullmatch(r"FROM apache/beam_python([\d.]+)_sdk:([\d.]+)", base).groups()
    constraints = (PROJECT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert f"apache-beam=={beam}" in constraints
    assert f"{python}.0" in SpecifierSet(DECLARED["project"]["requires-python"])


def test_the_image_gets_every_package_and_nothing_that_is_not_there():
    copied = {line.split()[1] for line in LINES if line.startswith("COPY ")}
    packages = {
        name.removesuffix("*")
        for name in DECLARED["tool"]["setuptools"]["packages"]["find"]["include"]
    }
    assert packages <= copied
    files = [word for line in LINES if line.startswith("COPY ") for word in line.split()[1:-1]]
    assert [name for name in files if not (PROJECT / name).exists()] == []
