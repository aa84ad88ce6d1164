-- Measured accuracy in percent by the scorers that published figures are compared with
-- (`published_protocols`), and chance. Grain: one row a metric. `prompt` is the last word of the
-- preset, so that presets of one manner stand together over benchmarks: reasoning, 5shot, letters,
-- instruct, imported, blind; empty for a benchmark's own prompt.
create or replace view accuracy_figures as
select
    measured.*,
    round(100 * measured.value, 4) as percent,
    regexp_extract(measured.preset, '(reasoning|5shot|letters|instruct|imported|blind)$') as prompt
from metrics_measured as measured
join published_protocols as protocol
    on lower(measured.dataset) = protocol.dataset
    and measured.name = protocol.name
    and (regexp_matches(lower(measured.scorer), protocol.scorer) or measured.row_kind = 'chance')
where measured.name = 'accuracy'
order by dataset, system, preset, subset;
