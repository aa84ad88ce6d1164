"""The judge's AUC on each source, as rows of `metrics`."""

from collections.abc import Mapping

from evaluation.embedded.embedded_judge import EmbeddedJudge
from evaluation.embedded.judge_report import TRUSTED_AUC, TRUSTED_CLIPS, is_trusted
from evaluation.embedded.separation import Separation
from evaluation.judge import is_comparable
from schemas.benchmarks import Metric
from schemas.ids import content_id

AUC = "text_match_auc"


def auc_rows(judge: EmbeddedJudge, separations: Mapping[str, Separation | None]) -> list[Metric]:
    """Return one row for the held-out scenes and one for each source with enough texts."""
    rows = []
    if judge.report is not None:
        note = "scenes of the validation and test split"
        rows.append(_row(judge, "held-out-scenes", judge.report.auc, judge.report.clips, note))
    for source, found in separations.items():
        if found is not None:
            rows.append(_row(judge, source, found.auc, found.clips, verdict(found)))
    return rows


def verdict(found: Separation) -> str:
    """Return in words whether a judge is trusted on some data, and if not, why.

    Example:
        >>> verdict(Separation(auc=0.9, clips=5, shuffled_pairs=20))
        'not trusted (under 20 clips)'
    """
    if is_trusted(found):
        return "trusted"
    few = found.clips < TRUSTED_CLIPS
    return f"not trusted (under {f'{TRUSTED_CLIPS} clips' if few else f'AUC {TRUSTED_AUC}'})"


def _row(judge: EmbeddedJudge, dataset: str, auc: float, clips: int, note: str) -> Metric:
    return Metric(
        metric_id=content_id("metric", AUC, judge.scorer, dataset, clips, note),
        name=AUC,
        system="ground_truth",
        row_kind="ground_truth",
        dataset=dataset,
        dataset_digest=content_id("dataset", dataset, clips),
        scorer=judge.scorer,
        preset=f"embedded: {judge.sample_rate} Hz mono",
        value=auc,
        low=None,
        high=None,
        n=clips,
        n_missing=0,
        seed=None,
        comparable=is_comparable(judge.scorer),
        note=note,
    )
