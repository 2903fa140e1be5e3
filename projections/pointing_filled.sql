
-- What is on record already.
insert into pointing (target, jurisdiction, edition)
select target, jurisdiction, min(recorded_from)
  from action
 cross join lateral (
        select jsonb_array_elements_text(data -> 'targets') where jsonb_typeof(data -> 'targets') = 'array'
        union all
        select link ->> 'to' from jsonb_array_elements(data -> 'act' -> 'links') as link
         where jsonb_typeof(data -> 'act' -> 'links') = 'array'
       ) as told (target)
 group by target, jurisdiction;
