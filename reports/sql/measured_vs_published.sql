-- Measured and published figures of one measure, in separate columns. Grain: one row a measured
-- metric and published figure; a metric without a published figure has one row with nulls. Figures
-- of a part of a set are left out: `accuracy_by_part` has them.
-- `difference` (measured minus published, in the printed unit) exists only where data set, scorer
-- and n agree and a figure of generation names its protocol and its weights, for a system, or for
-- real sound beside the paper's ground truth; everywhere else `why_not_comparable` says what differs.
-- `counterpart` marks the paper's row of the same kind: its UALM for a system or control, its ground
-- truth for real sound.
create or replace view measured_vs_published as
with published as (
    select baselines.*, protocol.name, protocol.scorer, protocol.items, protocol.scale
    from baselines
    join published_protocols as protocol using (dataset, metric)
    where baselines.value is not null and baselines.paper_table in ('Table 1', 'Table 2', 'Table 3')
),
paired as (
    select
        measured.metric_id,
        measured.name,
        measured.system,
        measured.row_kind,
        measured.dataset,
        measured.dataset_digest,
        measured.scorer,
        measured.preset,
        measured.protocol_digest,
        measured.weights_digest,
        measured.n,
        measured.frames,
        measured.reference_frames,
        measured.value as measured,
        measured.low as measured_low,
        measured.high as measured_high,
        measured.note,
        published.paper_table,
        published.paper_row,
        published.dataset as published_dataset,
        published.printed as published_printed,
        published.value as published,
        published.paper_row = if(measured.row_kind = 'ground_truth', 'Ground Truth', 'UALM')
            as counterpart,
        measured.value * published.scale as measured_in_printed_unit,
        case
            when published.value is null then 'nothing published for this measure'
            when measured.why_not_comparable is not null then measured.why_not_comparable
            when measured.row_kind in ('shuffled', 'noise', 'blind', 'chance') then 'a control, not a system'
            when measured.row_kind = 'ground_truth' and published.paper_row != 'Ground Truth'
                then 'real sound, not a system'
            when lower(measured.dataset) != published.dataset then 'another data set'
            when not regexp_matches(lower(measured.scorer), published.scorer) then 'another scorer'
            when published.paper_table = 'Table 1' and measured.protocol_digest is null
                then 'its protocol is not recorded'
            when published.paper_table = 'Table 1' and measured.weights_digest is null
                then 'its weights are not recorded'
            when published.items is null then 'the paper does not state n'
            when measured.n != published.items then 'another n'
        end as why_not_comparable
    from metrics_measured as measured
    left join published on measured.name = published.name
    where measured.subset is null
)
select
    * exclude (measured_in_printed_unit),
    why_not_comparable is null as comparable,
    case when why_not_comparable is null then measured_in_printed_unit - published end as difference
from paired
order by name, dataset, row_kind, system, published_dataset, paper_table, paper_row;
