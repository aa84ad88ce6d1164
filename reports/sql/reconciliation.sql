-- Whether anything was lost: what went in, came out or was refused. Grain: one row a stage and source.
-- An item that made something counts as produced, even if a part of it is in the ledger.
create or replace view reconciliation as
with refused as (
    select distinct "table" as table_name, row_id from ledger
),
stages as (
    select 1 as position, 'recordings to clips' as stage, source, recording_id as item,
        recording_id in (select recording_id from clips) as produced,
        recording_id in (select row_id from refused where table_name = 'recordings') as refused
    from recordings
    union all
    select 2, 'clips to codes', source, clip_id,
        clip_id in (select clip_id from codes),
        clip_id in (select row_id from refused where table_name in ('clips', 'audio', 'codes'))
    from clips
    where exists (select 1 from codes)
    union all
    select 3, 'contexts with generations to pairs', contexts.kind, context_id,
        context_id in (select context_id from preference_pairs),
        context_id in (select row_id from refused where table_name in ('contexts', 'preference_pairs'))
    from contexts
    where context_id in (select context_id from generations)
)
select
    stage,
    source,
    count(*) as items_in,
    count(*) filter (where produced) as produced,
    count(*) filter (where refused and not produced) as refused,
    count(*) filter (where not produced and not refused) as unaccounted
from stages
group by position, stage, source
order by position, source;
