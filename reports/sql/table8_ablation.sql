-- Table 8, the cells of the ablation that were seen. Grain: one row a data set and published system.
-- A label in [brackets] describes a row whose printed label was not seen.
create or replace view table8_ablation as
select
    dataset,
    paper_row as system,
    max(value) filter (where metric = 'FD') as fd,
    max(value) filter (where metric = 'CL') as cl,
    max(value) filter (where metric = 'AES') as aes,
    max(value) filter (where metric = 'OVL') as ovl
from baselines
where paper_table = 'Table 8'
group by dataset, paper_row
order by dataset, system;
