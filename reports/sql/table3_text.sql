-- Table 3, text benchmarks in percent, measured and published; the mean is of all three.
-- Grain: one row a kind of figure (measured here or published), system and, if measured, manner of
-- asking (`accuracy_figures.prompt`). Where a cell has several figures, it is the highest, and
-- `several_figures` says so.
create or replace view table3_text as
select
    'measured' as figures,
    system,
    max(percent) filter (where lower(dataset) = 'mmlu') as mmlu,
    max(percent) filter (where lower(dataset) = 'gsm8k') as gsm8k,
    max(percent) filter (where lower(dataset) = 'humaneval') as humaneval,
    (mmlu + gsm8k + humaneval) / 3 as mean,
    prompt,
    row_kind,
    count(*) > count(distinct lower(dataset)) as several_figures,
    bool_and(comparable) as comparable
from accuracy_figures
where lower(dataset) in ('mmlu', 'gsm8k', 'humaneval') and subset is null
group by system, row_kind, prompt
union all by name
select
    'published' as figures,
    paper_row as system,
    max(value) filter (where metric = 'MMLU') as mmlu,
    max(value) filter (where metric = 'GSM8K') as gsm8k,
    max(value) filter (where metric = 'HumanEval') as humaneval,
    max(value) filter (where metric = 'Mean') as mean
from baselines
where paper_table = 'Table 3'
group by paper_row
order by figures, system, prompt;
