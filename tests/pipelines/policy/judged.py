"""A policy of a few rules, and the verdicts of one."""

from pipelines.policy.rules import Policy
from pipelines.policy.step import policy_step
from tests.pipelines.corpus_lake import run
from tests.pipelines.policy.lakes import decided, name_id


def policy(licence=None, **parts):
    licence = {"allow": ["attribution", "public-domain"], **(licence or {})}
    return Policy.model_validate({"name": "test", "licence": licence, **parts})


def judged(lake, rules):
    counts = run(policy_step(rules, lake), lake)
    return decided(lake), counts


def about(verdicts, table, name):
    return verdicts.get((table, name_id(table[:-1], name)))
