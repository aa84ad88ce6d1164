import pytest

from evaluation.protocols import PROTOCOLS
from schemas.directions import BETTER
from tests.places import PROJECT

PAGE = (PROJECT / "docs/evaluation.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("preset", PROTOCOLS)
def test_the_page_names_every_metric_of_every_preset_and_its_weights(preset):
    for metric, asked in PROTOCOLS[preset].metrics.items():
        assert f"`{metric}` | " in PAGE or f"`{metric}`, " in PAGE
        assert f"`{asked.weights}`" in PAGE
        assert metric in BETTER
