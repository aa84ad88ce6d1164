-- What the corpus and each evaluation set have in common, and what samples may not use of it.
-- Grain: one row an evaluation set and way of comparing that it allows, also where nothing was hit.
create or replace view leaks as
with sets as (
    select
        evaluation_set,
        count(*) as items,
        count(original) as originals,
        count(fingerprint_version) as fingerprints,
        count(*) filter (where len(passages) > 0) as passages,
        count(*) filter (where len(captions) > 0) as captions
    from evaluation_items
    group by evaluation_set
),
ways as (
    select evaluation_set, items, 1 as position, 'original' as how, originals as comparable from sets
    union all
    select evaluation_set, items, 2, 'fingerprint', fingerprints from sets
    union all
    select evaluation_set, items, 3, 'passage', passages from sets
    union all
    select evaluation_set, items, 4, 'caption', captions from sets
    union all
    select evaluation_set, items, 5, 'near_caption', captions from sets
    union all
    select evaluation_set, items, 6, 'passage_other_numbers', passages from sets
),
hits as (
    select
        "table" || '/' || row_id as row_name,
        keep,
        unnest(
            from_json(
                evidence -> 'hits',
                '[{"set": "VARCHAR", "how": "VARCHAR", "matched": "VARCHAR", "items": ["VARCHAR"]}]'
            )
        ) as hit
    from decisions
    where step = 'decontaminate'
),
touched as (
    select evaluation_set, how, count(distinct item) as items_hit
    from (select hit.set as evaluation_set, hit.how as how, unnest(hit.items) as item from hits)
    group by evaluation_set, how
),
totals as (
    select
        hit.set as evaluation_set,
        hit.how as how,
        count(distinct row_name) as rows_hit,
        count(distinct row_name) filter (where not keep) as rows_dropped,
        count(distinct hit.matched) as matched,
        min({'row_name': row_name, 'matched': hit.matched}) as example
    from hits
    group by hit.set, hit.how
)
select
    ways.evaluation_set,
    ways.how,
    ways.items,
    ways.comparable,
    coalesce(totals.rows_hit, 0) as rows_hit,
    coalesce(totals.rows_dropped, 0) as rows_dropped,
    coalesce(touched.items_hit, 0) as items_hit,
    coalesce(touched.items_hit, 0) / ways.items as share,
    coalesce(totals.matched, 0) as matched,
    totals.example.row_name as example_row,
    totals.example.matched as example_matched
from ways
left join totals using (evaluation_set, how)
left join touched using (evaluation_set, how)
where ways.comparable > 0
order by ways.evaluation_set, ways.position;
