-- What was refused, and why. Grain: one row a table, step, decision and reason.
create or replace view ledger_by_reason as
select
    "table" as table_name,
    step,
    decision,
    reason,
    count(*) as refused,
    min(value) as smallest_value,
    max(value) as largest_value,
    any_value(threshold) as threshold
from ledger
group by "table", step, decision, reason
order by refused desc, table_name, step, reason;
