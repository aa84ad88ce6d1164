-- Curves of the training runs. Grain: one row a run, measured quantity and optimiser step.
create or replace view training_curve as
select
    run_metrics.run_id,
    coalesce(runs.name, run_metrics.run_id) as stage,
    coalesce(runs.status, 'unknown') as status,
    run_metrics.name,
    run_metrics.step,
    run_metrics.value
from run_metrics
left join runs using (run_id)
order by stage, run_metrics.run_id, run_metrics.name, run_metrics.step;
