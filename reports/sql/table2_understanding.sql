-- Table 2, audio understanding, accuracy in percent, measured and published.
-- Grain: one row a kind of figure (measured here or published), system and, if measured, manner of
-- asking (`accuracy_figures.prompt`). `mmau_mean` is over all items. Where a cell has several
-- figures, as of two revisions of a file, it is the highest, and `several_figures` says so.
create or replace view table2_understanding as
select
    'measured' as figures,
    system,
    max(percent) filter (where lower(dataset) = 'mmau' and subset = 'modality=sound') as mmau_sound,
    max(percent) filter (where lower(dataset) = 'mmau' and subset = 'modality=music') as mmau_music,
    max(percent) filter (where lower(dataset) = 'mmau' and subset = 'modality=speech')
        as mmau_speech,
    max(percent) filter (where lower(dataset) = 'mmau' and subset is null) as mmau_mean,
    max(percent) filter (where lower(dataset) = 'mmar' and subset is null) as mmar_mean,
    prompt,
    row_kind,
    count(*) > count(distinct (lower(dataset), subset)) as several_figures,
    bool_and(comparable) filter (where subset is null) as comparable
from accuracy_figures
where lower(dataset) in ('mmau', 'mmar')
group by system, row_kind, prompt
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
order by figures, system, prompt;
