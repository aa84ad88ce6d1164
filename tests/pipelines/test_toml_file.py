"""What a person is told of a TOML file that is not what was expected."""

import pytest
from pydantic import BaseModel, ConfigDict

from pipelines.toml_file import read_toml


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Rule(_Strict):
    name: str
    least: float = 0.0


class _Rules(_Strict):
    title: str
    rules: tuple[_Rule, ...] = ()
    best: _Rule | None = None


@pytest.fixture
def complaint(tmp_path):
    def told(text):
        path = tmp_path / "rules.toml"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ValueError, match=r"rules\.toml: ") as error:
            read_toml(path, _Rules, "rules")
        return str(error.value).partition("rules.toml: ")[2]

    return told


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('titel = "a"\ntitle = "a"', "titel: no such key; did you mean title?"),
        ('title = "a"\nx = 1', "x: no such key; expected one of title, rules, best"),
        ('title = "a"\n[[rules]]\nname = "b"\nleest = 1', "rules.0.leest: no such key; did you"),
        ('title = "a"\n[best]\nname = "b"\nleest = 1', "best.leest: no such key; did you mean l"),
        ("", "title: Field required"),
        ('title = "a"\n[best]\nname = "b"\nleast = "c"', "unable to parse string as a number, got"),
        ("title =", "expected TOML: "),
    ],
)
def test_a_mistake_is_told_with_its_place(complaint, text, said):
    assert said in complaint(text)


def test_all_mistakes_are_told_at_once(complaint):
    told = complaint('x = 1\n[[rules]]\nleast = "c"')
    assert [part.partition(":")[0] for part in told.split("; ") if ":" in part] == [
        "title",
        "rules.0.name",
        "rules.0.least",
        "x",
    ]


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(ValueError, match=r"expected rules at .*none\.toml: No such file"):
        read_toml(tmp_path / "none.toml", _Rules, "rules")


def test_a_file_of_windows_notepad_is_read(tmp_path):
    path = tmp_path / "rules.toml"
    path.write_text('title = "a"', encoding="utf-8-sig")
    assert read_toml(path, _Rules, "rules").title == "a"
