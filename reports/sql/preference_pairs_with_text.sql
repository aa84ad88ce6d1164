-- Preference pairs with what was asked for. Grain: one row a pair (context and scorer).
-- `gap_of` is winner minus loser by score: `gap_of['clap']`. A winner and a loser may come from two
-- models, where pairs were chosen over all. `comparable` is false for embedded scorers; `validated` is the judge's verdict on this data.
create or replace view preference_pairs_with_text as
select
    preference_pairs.context_id,
    contexts.kind,
    contexts.split,
    contexts.judge_text,
    preference_pairs.scorer,
    preference_pairs.winner_id,
    preference_pairs.loser_id,
    winner.model as winner_model,
    loser.model as loser_model,
    list_transform(
        preference_pairs.gaps, lambda gap: gap.name || ' ' || format('{:+.3f}', gap.value)
    ) as gaps,
    map_from_entries(
        list_transform(preference_pairs.gaps, lambda gap: {'key': gap.name, 'value': gap.value})
    ) as gap_of,
    preference_pairs.threshold,
    preference_pairs.validated,
    not starts_with(preference_pairs.scorer, 'embedded:') as comparable,
    (
        select count(*) from generations where generations.context_id = preference_pairs.context_id
    ) as candidates
from preference_pairs
left join contexts using (context_id)
left join generations as winner on winner.generation_id = preference_pairs.winner_id
left join generations as loser on loser.generation_id = preference_pairs.loser_id
order by preference_pairs.context_id, preference_pairs.scorer;
