-- How scores spread, in twenty equal bins. Grain: one row a scorer, score, bin and pair role.
-- `comparable` is false for embedded scorers. Scores that are not finite fail `ualm table verify`.
create or replace view score_distribution as
with scores as (
    select scorer, name, value, coalesce(pair_role, 'other') as pair_role
    from generation_scores
    left join generation_roles using (generation_id)
    where isfinite(value)
),
ranges as (
    select scorer, name, min(value) as low, (max(value) - min(value)) / 20 as width
    from scores
    group by scorer, name
),
binned as (
    select *, case when width > 0 then least(19, floor((value - low) / width)) else 0 end as bin
    from scores
    join ranges using (scorer, name)
)
select
    scorer,
    name,
    cast(bin as integer) as bin,
    low + bin * width as bin_start,
    low + (bin + 1) * width as bin_end,
    pair_role,
    count(*) as generations,
    not starts_with(scorer, 'embedded:') as comparable
from binned
group by scorer, name, bin, low, width, pair_role
order by scorer, name, bin, pair_role;
