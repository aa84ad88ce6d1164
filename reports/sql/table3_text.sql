-- Table 3, text benchmarks in percent, measured and published.
-- Grain: one row a kind of figure (measured here or published) and system.
create or replace view table3_text as
select
    'measured' as figures,
    system,
    max(100 * value) filter (where lower(dataset) = 'mmlu') as mmlu,
    max(100 * value) filter (where lower(dataset) = 'gsm8k') as gsm8k,
    max(100 * value) filter (where lower(dataset) = 'humaneval') as humaneval,
    (mmlu + gsm8k + humaneval) / 3 as mean,
    bool_and(comparable) as comparable
from metrics_measured
where name = 'accuracy' and lower(dataset) in ('mmlu', 'gsm8k', 'humaneval')
group by system
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
order by figures, system;
