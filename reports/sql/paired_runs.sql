-- Two runs over the same items by the same scorer: whose right answers the other lacks, and the exact
-- two-sided p of McNemar's test (null where an item has several samples, so that its value is a share).
-- Grain: one row a file of items, scorer and pair of runs (model, prompt preset); an item's value is
-- the mean of its samples, and an item that a run has no answer to is wrong.
create or replace view paired_runs as
with valued as (
    select
        items.dataset_id,
        items.item_id,
        item_scores.scorer,
        {'model': answers.model, 'prompt': coalesce(answers.prompt, 'imported')} as run,
        avg(item_scores.value) as value
    from item_scores
    join answers using (answer_id)
    join items using (item_id)
    group by all
),
runs_of as (select distinct dataset_id, scorer, run from valued),
pairs as (
    select one.dataset_id, one.scorer, one.run as first_run, other.run as second_run
    from runs_of as one
    join runs_of as other
        on one.dataset_id = other.dataset_id and one.scorer = other.scorer and one.run < other.run
),
counted as (
    select
        datasets.name as dataset,
        pairs.scorer,
        pairs.first_run.model as first_model,
        pairs.first_run.prompt as first_prompt,
        pairs.second_run.model as second_model,
        pairs.second_run.prompt as second_prompt,
        count(*) as n,
        avg(coalesce(one.value, 0)) as first_accuracy,
        avg(coalesce(other.value, 0)) as second_accuracy,
        avg(coalesce(one.value, 0) - coalesce(other.value, 0)) as difference,
        count(*) filter (where coalesce(one.value, 0) > coalesce(other.value, 0)) as only_first,
        count(*) filter (where coalesce(one.value, 0) < coalesce(other.value, 0)) as only_second,
        bool_and(coalesce(one.value, 0) in (0, 1) and coalesce(other.value, 0) in (0, 1)) as decided
    from pairs
    join datasets using (dataset_id)
    join items using (dataset_id)
    left join valued as one
        on one.item_id = items.item_id and one.scorer = pairs.scorer and one.run = pairs.first_run
    left join valued as other
        on other.item_id = items.item_id and other.scorer = pairs.scorer and other.run = pairs.second_run
    group by all
)
select
    * exclude (decided),
    case when decided then least(1, 2 * list_sum(list_transform(
        range(0, least(only_first, only_second) + 1),
        lambda i: exp(
            lgamma(only_first + only_second + 1) - lgamma(i + 1)
            - lgamma(only_first + only_second - i + 1) - (only_first + only_second) * ln(2)
        )
    ))) end as mcnemar_p
from counted
order by dataset, scorer, first_model, first_prompt, second_model, second_prompt;
