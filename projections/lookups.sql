-- A measure is looked up by its jurisdiction and its name: one index for both, instead of one each. The rows of an act are
-- found by way of `entry`, whose events say which act they are of.
drop index period_measure;
drop index period_jurisdiction;
create index period_measure on period (jurisdiction, measure);
drop index action_measure;
drop index action_jurisdiction;
drop index action_act;
create index action_measure on action (jurisdiction, measure);
