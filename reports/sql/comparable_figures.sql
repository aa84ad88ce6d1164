-- Systems that one protocol measured alike, each beside every other one. Grain: one row a metric and
-- pair of systems; `difference` is first minus second. Set, scorer, weights, protocol, numbers of
-- sounds and windows, and seed agree, as `comparable_rows` of `evaluation` demands; rows that do not
-- say by which protocol they were measured are not here.
create or replace view comparable_figures as
select
    one.name,
    one.dataset,
    one.dataset_digest,
    one.scorer,
    one.preset,
    one.protocol_digest,
    one.n,
    one.frames,
    one.system as first_system,
    other.system as second_system,
    one.value as first_value,
    one.low as first_low,
    one.high as first_high,
    other.value as second_value,
    other.low as second_low,
    other.high as second_high,
    one.value - other.value as difference,
    one.high < other.low or other.high < one.low as apart
from metrics_measured as one
join metrics_measured as other
    on one.name = other.name
    and one.dataset_digest = other.dataset_digest
    and one.protocol_digest = other.protocol_digest
    and one.scorer = other.scorer
    and one.weights_digest is not distinct from other.weights_digest
    and one.n = other.n
    and one.frames is not distinct from other.frames
    and one.reference_frames is not distinct from other.reference_frames
    and one.seed is not distinct from other.seed
    and one.system < other.system
where one.row_kind = 'system' and other.row_kind = 'system'
order by one.name, one.dataset, first_system, second_system;
