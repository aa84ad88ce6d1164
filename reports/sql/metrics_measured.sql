-- What was measured here, and whether it may stand beside a published figure. Grain: one row a metric.
create or replace view metrics_measured as
select
    metric_id,
    name,
    system,
    row_kind,
    dataset,
    dataset_digest,
    scorer,
    preset,
    value,
    low,
    high,
    n,
    n_missing,
    seed,
    weights_digest,
    protocol_digest,
    frames,
    reference_frames,
    resamples,
    standard_error,
    deviation,
    subset,
    note,
    comparable and not starts_with(scorer, 'embedded:') as comparable,
    case
        when starts_with(scorer, 'embedded:') then 'embedded scorer: plumbing, not a result'
        when not comparable and row_kind in ('shuffled', 'noise', 'blind', 'chance')
            then 'a control, not a system'
        when not comparable and preset = 'imported' then 'the prompt of imported answers is unknown'
        when not comparable then 'its evaluation marks it not comparable'
    end as why_not_comparable
from metrics
order by name, dataset, row_kind, system, scorer, preset, subset;
