-- All scores of a generation side by side. Grain: one row a generation and scorer.
-- `aes` is the mean of the four axes; scores of other names stand in `scores`.
create or replace view generation_scores_wide as
select
    generations.generation_id,
    generations.context_id,
    generations.model,
    generations.sample,
    generation_roles.pair_role,
    generation_scores.scorer,
    max(value) filter (where name = 'clap') as clap,
    max(value) filter (where name = 'ce') as ce,
    max(value) filter (where name = 'cu') as cu,
    max(value) filter (where name = 'pc') as pc,
    max(value) filter (where name = 'pq') as pq,
    (ce + cu + pc + pq) / 4 as aes,
    map(list(name order by name), list(value order by name)) as scores,
    not starts_with(generation_scores.scorer, 'embedded:') as comparable
from generation_scores
join generations using (generation_id)
join generation_roles using (generation_id)
group by all
order by generations.context_id, generations.sample, generation_scores.scorer;
