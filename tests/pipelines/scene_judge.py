"""A judge for lakes that hold no scenes: quick to make, and deaf, but a judge."""

import torch

from evaluation.embedded.embedded_judge import EmbeddedJudge, _save
from evaluation.embedded.judge_network import JudgeNetwork
from evaluation.embedded.judge_report import JudgeReport
from evaluation.embedded.judge_training import JudgeConfig

CLASSES = ("bell", "dog barks", "rain")


def give_judge(lake):
    """Give a lake a judge with random weights."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = JudgeNetwork(len(CLASSES)).eval()
    judge = EmbeddedJudge(
        scorer="embedded:scene-judge@0123456789ab",
        classes=CLASSES,
        text_threshold=0.1,
        network=network,
        report=JudgeReport(clips=2, auc=0.5, noise_gap=0.0, chance_gap=0.1),
    )
    _save(lake, judge, JudgeConfig())
    return judge
