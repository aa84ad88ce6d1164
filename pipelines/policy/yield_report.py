"""A yield as rows for people and as JSON for programs."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pipelines.policy.criteria import CLIP_FACTS
from pipelines.policy.grids import Asked
from pipelines.policy.licences import Licence
from pipelines.policy.rules import LicenceRules, Policy
from pipelines.policy.yields import ALL, Amount, Yield

_NOTHING = np.zeros(3)


def cell(amount: Amount | None) -> dict[str, float]:
    """Return an amount by name.

    Example:
        >>> cell(np.array([2.0, 0.5, 3.0]))
        {'clips': 2, 'hours': 0.5, 'captions': 3}
    """
    clips, hours, captions = _NOTHING if amount is None else amount
    return {"clips": int(clips), "hours": round(float(hours), 4), "captions": int(captions)}


def yield_json(found: Yield, policy: Policy, grids: Mapping[Asked, Sequence[float]]) -> Any:
    """Return all that was counted as JSON values."""
    return {
        "policy": policy.model_dump(mode="json"),
        "sources": {source: _of_source(found, source, policy, grids) for source in found.given},
    }


def cost_rows(found: Yield, source: str = ALL) -> list[dict[str, Any]]:
    """Return what each rule and each other step costs: in all, and for this alone."""
    rows = []
    for (of, table, reason), amount in found.refused.items():
        if of == source and amount.any():
            alone = cell(found.only.get((of, table, reason)))
            rows.append(
                {
                    "table": table,
                    "reason": reason,
                    **{f"refused {name}": value for name, value in cell(amount).items()},
                    **{f"lost {name}": value for name, value in alone.items()},
                }
            )
    return rows


def licence_rows(found: Yield, policy: Policy, source: str = ALL) -> list[dict[str, Any]]:
    """Return the licences as stated, what they mean, and how much is under them."""
    rows = []
    for (of, table, stated), amount in sorted(found.licences.items()):
        if of != source:
            continue
        rules = policy.licence if table == "clips" else policy.licence.of_texts()
        licence = rules.licence(stated) if stated else None
        rows.append(
            {
                "table": table,
                "stated": stated or "(none)",
                "licence": licence.id if licence else "unknown" if stated else "missing",
                "families": ", ".join(licence.families) if licence else "",
                "allowed": _allowed(rules, licence) if stated else _missing(rules, source),
                **cell(amount),
            }
        )
    return rows


def _allowed(rules: LicenceRules, licence: Licence | None) -> str:
    return "yes" if licence and licence.allowed_by(rules.allow) else "no"


def _missing(rules: LicenceRules, source: str) -> str:
    """Return whether rows may state no licence, which is allowed source by source."""
    if source == ALL:
        return "by source" if rules.missing_allowed_for else "no"
    return "yes" if source in rules.missing_allowed_for else "no"


def threshold_rows(
    found: Yield, asked: Asked, thresholds: Sequence[float], source: str = ALL
) -> list[dict[str, Any]]:
    """Return what each threshold keeps, as the only rule and with all others."""
    rows = []
    for threshold in thresholds:
        key = (source, asked, threshold)
        alone, together = cell(found.alone.get(key)), cell(found.together.get(key))
        rows.append(
            {
                "threshold": threshold,
                **{f"{name} alone": value for name, value in alone.items()},
                **{f"{name} with all": value for name, value in together.items()},
            }
        )
    return rows


def own_thresholds(policy: Policy, asked: Asked) -> list[float]:
    """Return the policy's own thresholds on something."""
    if asked.scorer is None:
        rules = [fact.rule for fact in CLIP_FACTS if fact.rule == asked.name]
        given = [getattr(policy.quality, rule) for rule in rules]
    else:
        part = policy.quality if asked.table == "clips" else policy.captions
        same = [r for r in part.measures if (r.name, r.scorer) == (asked.name, asked.scorer)]
        given = [getattr(rule, asked.side) for rule in same]
    return [threshold for threshold in given if threshold is not None]


def _of_source(
    found: Yield, source: str, policy: Policy, grids: Mapping[Asked, Sequence[float]]
) -> dict[str, Any]:
    return {
        "given": cell(found.given[source]),
        "kept": cell(found.kept[source]),
        "refused": cost_rows(found, source),
        "licences": licence_rows(found, policy, source),
        "thresholds": [
            {
                "table": asked.table,
                "on": asked.name,
                "scorer": asked.scorer,
                "keeps": asked.side,
                "policy": own_thresholds(policy, asked),
                "rows": threshold_rows(found, asked, thresholds, source),
            }
            for asked, thresholds in grids.items()
        ],
    }
