-- Accuracy of parts of a benchmark: categories, subjects, difficulties, modalities, with n.
-- Grain: one row a system, prompt preset, scorer and part.
create or replace view accuracy_by_part as
select
    dataset,
    dataset_digest,
    system,
    row_kind,
    preset,
    scorer,
    split_part(subset, '=', 1) as part,
    substr(subset, instr(subset, '=') + 1) as label,
    value,
    standard_error,
    low,
    high,
    n,
    n_missing
from metrics_measured
where name = 'accuracy' and subset is not null
order by dataset, system, preset, scorer, part, label;
