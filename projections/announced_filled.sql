-- The first day on which an act may have been announced, of what is on record already.
create or replace function pg_temp.first_day(said text) returns date language sql immutable strict as $$
    select case when said like '[%'
                then coalesce(nullif(split_part(substr(said, 2), '..', 1), '')::date, date '1900-01-01')
                else (select greatest((first - unit * about)::date, date '1900-01-01')
                        from (select case length(plain) when 10 then plain when 7 then plain || '-01'
                                                        else plain || '-01-01' end::date as first,
                                     case length(plain) when 10 then interval '1 day' when 7 then interval '1 month'
                                                        else interval '1 year' end as unit,
                                     case when said like '%~' then 1 else 0 end as about
                                from (select rtrim(said, '~') as plain) as written) as read)
           end
$$;

alter table action add column announced_from date;
-- In one reading of the table, without a second copy of each row.
alter table action alter column announced_from type date
      using pg_temp.first_day(data -> 'act' ->> 'announced_on');
alter table action alter column announced_from set not null;
