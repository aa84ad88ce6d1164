-- Whether a generation won or lost a pair. Grain: one row a generation.
create or replace view generation_roles as
select
    generation_id,
    context_id,
    case
        when generation_id in (select winner_id from preference_pairs)
            and generation_id in (select loser_id from preference_pairs) then 'both'
        when generation_id in (select winner_id from preference_pairs) then 'winner'
        when generation_id in (select loser_id from preference_pairs) then 'loser'
        else 'other'
    end as pair_role
from generations;
