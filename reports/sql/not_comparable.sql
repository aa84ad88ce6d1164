-- Measured figures that must not stand beside a published one, and why. Grain: one row a metric.
create or replace view not_comparable as
select metric_id, name, system, row_kind, dataset, scorer, n, value, why_not_comparable as why, note
from metrics_measured
where not comparable
order by name, dataset, row_kind, system;
