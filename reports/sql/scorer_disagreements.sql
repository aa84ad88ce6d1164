-- Answers that two scorers judge otherwise, with what each read.
-- Grain: one row an answer and pair of scorers; the first scorer's name comes first in the alphabet.
create or replace view scorer_disagreements as
select
    datasets.name as dataset,
    answers.model,
    answers.prompt,
    items.source_id,
    answers.sample,
    one.scorer as first_scorer,
    other.scorer as second_scorer,
    one.value as first_value,
    other.value as second_value,
    one.parsed as first_parsed,
    other.parsed as second_parsed,
    one.parse_status as first_status,
    other.parse_status as second_status,
    items.answer as reference_answer,
    answers.text
from item_scores as one
join item_scores as other
    on one.answer_id = other.answer_id
    and one.scorer < other.scorer
    and one.value != other.value
join answers on answers.answer_id = one.answer_id
join items on items.item_id = answers.item_id
join datasets on datasets.dataset_id = items.dataset_id
order by dataset, model, prompt, source_id, sample, first_scorer, second_scorer;
