from pathlib import Path

import pytest

from evaluation.protocols import PROTOCOLS
from schemas.directions import BETTER

PAGE = (Path(__file__).parents[2] / "docs/evaluation.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("preset", PROTOCOLS)
def test_the_page_names_every_metric_of_every_preset_and_its_weights(preset):
    for metric, asked in PROTOCOLS[preset].metrics.items():
        assert f"`{metric}` | " in PAGE or f"`{metric}`, " in PAGE
        assert f"`{asked.weights}`" in PAGE
        assert metric in BETTER
