
-- What is on record already.
insert into entry (position, edition, jurisdiction, act, type, recorded_by, batch)
select position, edition,
       coalesce(split_part(said ->> 'measure', '/', 1), said ->> 'jurisdiction'),
       case when said ? 'replacement' then said -> 'replacement' ->> 'act'
            when jsonb_typeof(said -> 'act') = 'object' then said -> 'act' ->> 'act'
            else said ->> 'act' end,
       case when name like 'deadline.%' then 'deadline_' || split_part(name, '.', 2) else split_part(name, '.', 2) end,
       said ->> 'recorded_by', said ->> 'batch'
  from (select position, edition, regexp_replace(topic, '\.v\d+$', '') as name,
               convert_from(state, 'UTF8')::jsonb as said
          from dateline.event) as log;
