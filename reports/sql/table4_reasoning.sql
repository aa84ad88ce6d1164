-- Table 4, listeners' scores (1 to 5, with 95 % interval) of generation that needs reasoning, as
-- printed. Grain: one row a published system.
create or replace view table4_reasoning as
select
    paper_row as system,
    max(printed) filter (where metric = 'Enrichment') as enrichment,
    max(printed) filter (where metric = 'Dialogue') as dialogue,
    max(printed) filter (where metric = 'Self-Reflection') as self_reflection
from baselines
where paper_table = 'Table 4'
group by paper_row
order by system;
