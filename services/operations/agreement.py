"""Whether the log and the tables of the read model agree, event by event, without making the tables anew."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg

_LOG = "regexp_replace(topic, '\\.v\\d+$', '')"

_EXACT = r"'^\d{4}-\d\d-\d\d$'"

_FIRST_DAY = """
        select case when log.said like '[%'
                    then coalesce(nullif(split_part(substr(log.said, 2), '..', 1), '')::date, date '1900-01-01')
                    else greatest((plain.first - plain.unit * plain.about)::date, date '1900-01-01') end as day
          from (select (case length(exact) when 10 then exact when 7 then exact || '-01'
                                           when 4 then exact || '-01-01' end)::date as first,
                       case length(exact) when 10 then interval '1 day' when 7 then interval '1 month'
                                          else interval '1 year' end as unit,
                       case when log.said like '%~' then 1 else 0 end as about
                  from (select rtrim(log.said, '~') as exact) as written) as plain
"""
"""The first day that the date `log.said` may mean (record format, "Dates")."""

_CHECKS = {
    "entries": """
        select position from dateline.event as log
          full join (select position, min(edition) as edition, count(*) as number from dateline.entry group by position)
               as found using (position)
         where log.edition is distinct from found.edition or found.number > 1
    """,
    "actions": f"""
        select position
          from (select position, case when {_LOG} = 'act.corrected'
                                      then jsonb_array_length(convert_from(state, 'UTF8')::jsonb -> 'actions')
                                      when topic ~ '^(measure|deadline)[.]' then 1 else 0 end as number
                  from dateline.event) as log
          full join (select position, count(*) as number from dateline.action group by position) as found
         using (position)
         where coalesce(log.number, 0) <> coalesce(found.number, 0)
    """,
    "ends of actions": """
        select position
          from (select position, min(event.edition) filter (where type in ('corrected', 'retracted'))
                       over (partition by originator_id, act order by position
                             rows between 1 following and unbounded following) as edition
                  from dateline.event join dateline.entry using (position)) as log
          join dateline.action as found using (position)
         where log.edition is distinct from found.recorded_to
    """,
    "days of announcement": f"""
        select position
          from (select position, coalesce(said -> 'replacement', said -> 'act') ->> 'announced_on' as said
                  from (select position, convert_from(state, 'UTF8')::jsonb as said from dateline.event
                         where topic ~ '^(measure|deadline|act[.]corrected)') as states) as log
          join dateline.action as found using (position)
         cross join lateral ({_FIRST_DAY}) as read
         where read.day is distinct from found.announced_from
    """,
    "acts": """
        select edition as position
          from (select distinct edition, act, case when type in ('corrected', 'retracted') then type
                                                   else 'recorded' end as kind
                  from dateline.entry where act is not null and type <> 'verified') as log
          full join (select distinct edition, act, kind from dateline.act where position(' ' in act) = 0) as found
         using (edition, act, kind)
         where log.act is null or found.act is null
    """,
    "verifications": """
        select position from (select position, edition from dateline.entry where type = 'verified') as log
          full join dateline.verification as found using (position)
         where log.edition is distinct from found.recorded_from
    """,
    "reviews": """
        select position from (select position, edition from dateline.entry where type = 'reviewed') as log
          full join dateline.review as found using (position)
         where log.edition is distinct from found.edition
    """,
    "jurisdictions": """
        select coalesce(log.edition, found.edition) as position
          from (select jurisdiction, max(edition) as edition from dateline.entry group by jurisdiction) as log
          full join dateline.jurisdiction as found using (jurisdiction)
         where log.edition is distinct from found.edition
    """,
    "search": """
        select position
          from (select position, count(*) as number from dateline.action
                 where position <= (select max(position) from dateline.search) group by position) as log
          full join (select position, count(*) as number from dateline.search group by position) as found
         using (position)
         where log.number is distinct from found.number
    """,
    "days ahead": f"""
        select position
          from (select position, count(*) as number
                  from dateline.action join dateline.event using (position)
                 where data ->> 'due' ~ {_EXACT} and (data ->> 'due')::date > (recorded_at at time zone 'UTC')::date
                 group by position) as log
         where not exists (select from dateline.ahead where ahead.position = log.position)
        union all
        select position from dateline.ahead where not exists (
               select from dateline.action where action.position = ahead.position and action.measure = ahead.measure)
    """,
    "subjects": """
        select coalesce(log.edition, found.edition) as position
          from (select subject, measure, min(recorded_from) as edition
                  from dateline.action cross join lateral json_array_elements_text(data -> 'subjects') as subject
                 where json_typeof(data -> 'subjects') = 'array' group by subject, measure) as log
          full join dateline.named as found using (subject, measure)
         where log.edition is distinct from found.edition
    """,
    "targets and links": """
        select coalesce(log.edition, found.edition) as position
          from (select target, jurisdiction, min(recorded_from) as edition
                  from dateline.action cross join lateral (
                       select json_array_elements_text(data -> 'targets')
                        where json_typeof(data -> 'targets') = 'array'
                        union all
                       select link ->> 'to' from json_array_elements(data -> 'act' -> 'links') as link
                       ) as told (target)
                 group by target, jurisdiction) as log
          full join dateline.pointing as found using (target, jurisdiction)
         where log.edition is distinct from found.edition
    """,
    "periods": """
        select coalesce(log.position, 0) as position
          from (select measure, min(position) as position,
                       bool_or(type in ('proposed', 'announced', 'adopted')) as begun
                  from dateline.action where recorded_to is null group by measure) as log
          full join (select distinct measure from dateline.period) as found using (measure)
         where log.measure is null or (log.begun and found.measure is null)
    """,
}
"""By what is compared: the positions at which the log, or what was made of it, says otherwise."""


def disagreements(connection: psycopg.Connection) -> Iterator[str]:
    """
    What of the tables is not as the log says, a sentence each, with the first position where it shows.

    To be asked within a transaction that sees one moment. Reads the log a few times, in the memory of the server alone,
    which goes to its disk for what is large. What else the rows say is not read again: a rebuild does that.
    """
    for what, query in _CHECKS.items():
        found = connection.execute(f"select count(*), min(position) from ({query}) as wrong".encode()).fetchone()
        if found is not None and found[0]:
            number, first = found
            yield f"{what}: {number} not as the log says{f', first at position {first}' if first else ''}"
