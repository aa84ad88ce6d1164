-- Table 1, objective and listeners' scores of text-to-audio generation, measured and published.
-- Grain: one row a kind of figure (measured here or published), set of sounds and system; measured
-- figures may be compared with each other only where `dataset_digest` agrees.
-- `several_protocols`: more than one scorer or preset gave a column; `metrics_measured` has them all.
create or replace view table1_generation as
select
    'measured' as figures,
    dataset,
    dataset_digest,
    system,
    row_kind,
    max(value) filter (where name = 'fd') as fd,
    max(value) filter (where name = 'kl_gen_ref') as kl,
    max(value) filter (where name = 'is') as "is",
    max(value) filter (where name = 'cl') as cl,
    max(value) filter (where name = 'aes') as aes,
    null as ovl,
    null as rel,
    min(n) as n,
    count(*) > count(distinct name) as several_protocols,
    bool_and(comparable) as comparable
from metrics_measured
where name in ('fd', 'kl_gen_ref', 'is', 'cl', 'aes')
group by dataset, dataset_digest, system, row_kind
union all by name
select
    'published' as figures,
    dataset,
    paper_row as system,
    if(paper_row = 'Ground Truth', 'ground_truth', 'system') as row_kind,
    max(value) filter (where metric = 'FD') as fd,
    max(value) filter (where metric = 'KL') as kl,
    max(value) filter (where metric = 'IS') as "is",
    max(value) filter (where metric = 'CL') as cl,
    max(value) filter (where metric = 'AES') as aes,
    max(value) filter (where metric = 'OVL') as ovl,
    max(value) filter (where metric = 'REL') as rel
from baselines
where paper_table = 'Table 1'
group by dataset, paper_row
order by dataset, dataset_digest, figures, row_kind, system;
