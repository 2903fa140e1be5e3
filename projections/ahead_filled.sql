
-- What is on record already. The first or the last possible day of a date of the record format:
create function pg_temp.day_of(said text, is_last boolean) returns date language sql immutable strict as $$
    select case when said like '[%' then
        coalesce(nullif(split_part(translate(said, '[]', ''), '..', case when is_last then 2 else 1 end), '')::date,
                 case when is_last then date '2200-12-31' else date '1900-01-01' end)
    else (
        select case when is_last
                    then least((first + unit * (1 + about) - interval '1 day')::date, date '2200-12-31')
                    else greatest((first - unit * about)::date, date '1900-01-01') end
          from (select case length(plain) when 10 then plain when 7 then plain || '-01' else plain || '-01-01' end::date
                           as first,
                       case length(plain) when 10 then interval '1 day' when 7 then interval '1 month'
                                          else interval '1 year' end as unit,
                       case when said like '%~' then 1 else 0 end as about
                  from (select rtrim(said, '~') as plain) as written) as read)
    end
$$;

insert into ahead (day, measure, jurisdiction, position)
select distinct told.day, measure, jurisdiction, position
  from action join event using (position)
 cross join lateral (values
        (pg_temp.day_of(data ->> 'effective_on', false)), (pg_temp.day_of(data ->> 'applies_on', false)),
        (pg_temp.day_of(data ->> 'met_on', false)),
        (pg_temp.day_of(data ->> 'expires_on', true)), (pg_temp.day_of(data ->> 'due', true)),
        (pg_temp.day_of(data ->> 'until', true) + 1), (pg_temp.day_of(data ->> 'applies_until', true) + 1)
       ) as told (day)
 where told.day > (recorded_at at time zone 'UTC')::date;

insert into named (subject, measure, edition)
select subject, measure, min(recorded_from)
  from action cross join lateral jsonb_array_elements_text(data -> 'subjects') as subject
 where jsonb_typeof(data -> 'subjects') = 'array'
 group by subject, measure;
