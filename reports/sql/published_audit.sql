-- Published cells worth a second look. Grain: one row a check of a published cell.
-- `mean`: a printed mean against the mean of its cells; flagged where they differ by more than 0.1.
-- `count`: whether some whole number of right answers, of that many items, rounds to the cell.
create or replace view published_audit as
with cells as (
    select *, power(10.0, -length(split_part(printed, '.', 2))) as unit
    from baselines
    where value is not null and paper_table in ('Table 2', 'Table 3')
),
averages as (
    select paper_table, paper_row, if(paper_table = 'Table 2', dataset, 'text') as family,
        avg(value) as expected, count(*) as averaged
    from cells
    where metric != 'Mean' and (paper_table = 'Table 3' or dataset = 'mmau')
    group by all
    having count(*) = 3
),
denominators (dataset, metric, split, items) as (
    values
        ('mmau', 'Sound', 'test-mini (333 or 334)', [333, 334]),
        ('mmau', 'Music', 'test-mini (333 or 334)', [333, 334]),
        ('mmau', 'Speech', 'test-mini (333 or 334)', [333, 334]),
        ('mmau', 'Sound', 'test (3,000)', [3000]),
        ('mmau', 'Music', 'test (3,000)', [3000]),
        ('mmau', 'Speech', 'test (3,000)', [3000]),
        ('mmar', 'Mean', 'test (1,000)', [1000]),
        ('mmlu', 'MMLU', 'test (14,042)', [14042]),
        ('gsm8k', 'GSM8K', 'test (1,319)', [1319]),
        ('humaneval', 'HumanEval', 'test (164)', [164])
),
counts as (
    select cells.*, split,
        list_bool_or(
            list_transform(
                items,
                lambda n: abs(100.0 * round(value * n / 100) / n - value) <= unit / 2 + 1e-9
            )
        ) as possible
    from cells
    join denominators using (dataset, metric)
)
select
    'mean' as "check",
    cells.paper_table,
    cells.paper_row,
    cells.dataset,
    cells.metric,
    cells.printed,
    format('{:.2f}', averages.expected) as expected,
    abs(cells.value - averages.expected) > 0.1 as flagged,
    'mean of its three cells' as against
from cells
join averages
    on averages.paper_table = cells.paper_table
    and averages.paper_row = cells.paper_row
    and cells.metric = 'Mean'
    and averages.family = if(cells.paper_table = 'Table 2', cells.dataset, 'text')
union all
select
    'count', paper_table, paper_row, dataset, metric, printed,
    if(possible, 'a whole number of answers fits', 'no whole number of answers fits'),
    not possible,
    split
from counts
order by flagged desc, "check" desc, paper_table, paper_row, dataset, metric, against;
