-- Preference pairs with what was asked for. Grain: one row a pair (context and scorer).
-- `comparable` is false for embedded scorers; `validated` is the judge's verdict on this data.
create or replace view preference_pairs_with_text as
select
    preference_pairs.context_id,
    contexts.kind,
    contexts.judge_text,
    preference_pairs.scorer,
    preference_pairs.winner_id,
    preference_pairs.loser_id,
    list_transform(
        preference_pairs.gaps, lambda gap: gap.name || ' ' || format('{:+.3f}', gap.value)
    ) as gaps,
    preference_pairs.threshold,
    preference_pairs.validated,
    not starts_with(preference_pairs.scorer, 'embedded:') as comparable,
    (
        select count(*) from generations where generations.context_id = preference_pairs.context_id
    ) as candidates
from preference_pairs
left join contexts using (context_id)
order by preference_pairs.context_id, preference_pairs.scorer;
