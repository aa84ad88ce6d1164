-- Table 2, audio understanding, accuracy in percent, measured and published.
-- Grain: one row a kind of figure (measured here or published) and system.
create or replace view table2_understanding as
select
    'measured' as figures,
    system,
    null as mmau_sound,
    null as mmau_music,
    null as mmau_speech,
    max(100 * value) filter (where lower(dataset) = 'mmau') as mmau_mean,
    max(100 * value) filter (where lower(dataset) = 'mmar') as mmar_mean,
    bool_and(comparable) as comparable
from metrics_measured
where name = 'accuracy' and lower(dataset) in ('mmau', 'mmar')
group by system
union all by name
select
    'published' as figures,
    paper_row as system,
    max(value) filter (where dataset = 'mmau' and metric = 'Sound') as mmau_sound,
    max(value) filter (where dataset = 'mmau' and metric = 'Music') as mmau_music,
    max(value) filter (where dataset = 'mmau' and metric = 'Speech') as mmau_speech,
    max(value) filter (where dataset = 'mmau' and metric = 'Mean') as mmau_mean,
    max(value) filter (where dataset = 'mmar' and metric = 'Mean') as mmar_mean
from baselines
where paper_table = 'Table 2'
group by paper_row
order by figures, system;
