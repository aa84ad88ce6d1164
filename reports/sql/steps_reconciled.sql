-- What each step counted: rows in are produced, dropped or quarantined, exactly once.
-- Grain: one row a step; `unaccounted` must be 0. Shards of one slot in several tables count once.
create or replace view steps_reconciled as
with slots as (
    select slot, any_value(counts) as counts
    from table_files
    where json_exists(counts, '$.rows_in')
    group by slot
),
totals as (
    select
        split_part(slot, '.', 1) as step,
        cast(counts ->> 'rows_in' as bigint) as rows_in,
        cast(counts ->> 'produced' as bigint) as produced,
        coalesce(list_sum(map_values(cast(counts -> 'dropped' as map(varchar, bigint)))), 0) as dropped,
        coalesce(
            list_sum(map_values(cast(counts -> 'quarantined' as map(varchar, bigint)))), 0
        ) as quarantined
    from slots
)
select
    step,
    count(*) as shards,
    sum(rows_in)::bigint as rows_in,
    sum(produced)::bigint as produced,
    sum(dropped)::bigint as dropped,
    sum(quarantined)::bigint as quarantined,
    sum(rows_in - produced - dropped - quarantined)::bigint as unaccounted
from totals
group by step
order by step;
