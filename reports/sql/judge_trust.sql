-- How far each judge can be trusted: the AUC of its text score, matched against shuffled texts.
-- Grain: one row a scorer and data set. 0.5 is chance; `verdict` is what its evaluation says.
create or replace view judge_trust as
select scorer, dataset, value as auc, n as clips, note as verdict, comparable
from metrics_measured
where name = 'text_match_auc'
order by scorer, dataset;
