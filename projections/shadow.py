"""
The new tables while they grow: a schema of their own, with what is still to be done there.

What is to be done is cut into parts, each done in one transaction that also says so. Whoever works takes the next part
that nobody has; what a worker that ended left behind is taken by another, and what is done is never done again. So a
rebuild goes on where it was broken off, if the code and the log are still those that it began with.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Literal

from msgspec import Struct

from events.recorder import Connection
from projections.database import read_model_sql

SHADOW = "dateline_rebuild"
"""The schema. What a crash leaves there is gone on with by the next rebuild, or dropped."""

REPLACED = "dateline_replaced"
"""The schema of the old tables from the swap until they are dropped: by the next rebuild, if a crash comes between."""

Stage = Literal["rows", "indexes", "periods", "swap", "words", "word index", "end"]
"""What is made, in this order: each when all of the one before is done."""

WORDS = "search"
"""The table that is made last, after the others were put in their place: no answer but that of a search needs it."""

_SQL = f"""
drop schema if exists {SHADOW} cascade;
create schema {SHADOW};
set local search_path = {SHADOW};
{read_model_sql()};
create table made (
    code    text   not null,
    log     text   not null,
    head    bigint not null,
    reached bigint not null,
    stage   text   not null
);
create table part (
    number bigint generated always as identity primary key,
    stage  text   not null,
    first  text   not null,
    last   text   not null,
    weight bigint not null,
    done   boolean not null default false
);
create table index_to_make (on_table text not null, statement text not null);
create table superseded (of_table text not null, measure text not null, act text not null, edition bigint not null);
create table touched (jurisdiction text not null, edition bigint not null);
create table said_of (subject text not null, measure text not null, edition bigint not null);
create table pointed_at (target text not null, jurisdiction text not null, edition bigint not null);
"""
"""`made`: what of, and how far. `superseded` and those that follow: what the parts of the log say of one another."""

_INDEXES = """
select class.relname,
       format('alter table %%I.%%I add constraint %%I ', nspname, class.relname, conname)
       || pg_get_constraintdef(of.oid),
       format('alter table %%I.%%I drop constraint %%I', nspname, class.relname, conname)
  from pg_constraint of join pg_class class on class.oid = conrelid join pg_namespace space on space.oid = connamespace
 where nspname = %(schema)s and contype = 'p' and class.relname = any(%(tables)s)
union all
select tablename, indexdef, 'drop index ' || schemaname || '.' || indexname
  from pg_indexes where schemaname = %(schema)s and tablename = any(%(tables)s)
   and indexname not in (select conname from pg_constraint)
"""


_UNTENDED = f"""
do $untended$
declare
    name text;
begin
    for name in select tablename from pg_tables where schemaname = '{SHADOW}' loop
        execute format('alter table {SHADOW}.%I set (autovacuum_enabled = false)', name);
    end loop;
end
$untended$
"""
"""While they grow the server does not vacuum the tables: whoever makes an index would wait a second for that to end."""

_RIGHTS = f"""
with old as (
    select * from pg_class where oid = '{REPLACED}.{{}}'::regclass
), given as (
    select relname, relowner, privilege_type as what, grantee, is_grantable from old, aclexplode(relacl)
    union all
    select relname, relowner, privilege_type || ' (' || quote_ident(attname) || ')', grantee, is_grantable
      from old join pg_attribute on attrelid = old.oid, aclexplode(attacl)
)
select format('alter table dateline.%I owner to %I', relname, pg_get_userbyid(relowner)) from old
union all
select format('grant %s on dateline.%I to %s', string_agg(what, ', '), relname,
              case grantee when 0 then 'public' else quote_ident(pg_get_userbyid(grantee)) end)
       || case when is_grantable then ' with grant option' else '' end
  from given where grantee <> relowner group by relname, grantee, is_grantable
"""
"""What makes a new table its owner's, and gives others the rights that they had to the old one."""

_DEPENDING = """
with tables as (
    select oid, reltype from pg_class where relnamespace = to_regnamespace(%s) and relname = any(%s)
), ours as (
    select 'pg_class'::regclass as classid, oid from tables
    union all
    select 'pg_type'::regclass, type.oid from tables join pg_type type on reltype in (type.oid, type.typelem)
), on_ours as (
    select depending.classid, objid, objsubid, deptype
      from pg_depend depending join ours on refclassid = ours.classid and refobjid = ours.oid
)
select distinct coalesce((select format('%%s %%s', case relkind when 'm' then 'materialized view' else 'view' end,
                                        ev_class::regclass)
                            from pg_rewrite rule join pg_class on pg_class.oid = ev_class
                           where classid = 'pg_rewrite'::regclass and rule.oid = objid and relkind in ('v', 'm')),
                         pg_describe_object(classid, objid, objsubid))
  from on_ours
 where deptype = 'n' and (classid, objid) not in (select classid, objid from on_ours where deptype <> 'n') order by 1
"""
"""What needs one of the tables and is no part of it."""

_ANALYZE = f"analyze {SHADOW}.{{}}"


class Made(Struct, frozen=True):
    """
    How far a rebuild is. `head` is the position up to which the parts are cut, `reached` the last that was projected.
    """

    head: int
    reached: int
    stage: Stage


class Part(Struct, frozen=True):
    """Something to be done: positions after the first up to the last; measures from the first to before the last."""

    number: int
    stage: Stage
    first: str
    last: str
    weight: int


@cache
def code() -> str:
    """What the tables are made by: the modules and statements of these rooms, as one digest."""
    digest = sha256()
    for room in ("events", "projections"):
        for file in sorted(files(room).iterdir(), key=lambda each: each.name):
            if file.name.endswith((".py", ".sql", ".json")):
                digest.update(f"{room}/{file.name}\n".encode() + file.read_bytes())
    return digest.hexdigest()


def found(connection: Connection) -> Made | None:
    """What an earlier rebuild left, if it can be gone on with: made by the same code, of the same log."""
    there = connection.execute(f"select to_regclass('{SHADOW}.made') is not null").fetchone()
    if there != (True,):
        return None
    row = connection.execute(f"select head, reached, stage, code, log from {SHADOW}.made").fetchone()
    if row is None or row[3] != code() or row[4] != _log_up_to(connection, row[0]):
        return None
    return Made(*row[:3])


def begin(connection: Connection, tables: Sequence[str], head: int, bounds: Sequence[int]) -> Made:
    """New tables, some of them without indexes, and the parts of the log to be projected, which end at the bounds."""
    connection.execute(_SQL)
    connection.execute(_UNTENDED)
    asked = {"schema": SHADOW, "tables": list(tables)}
    for table, statement, drop in connection.execute(_INDEXES, asked).fetchall():
        connection.execute(drop)
        connection.execute(f"insert into {SHADOW}.index_to_make values (%s, %s)", [table, statement])
    connection.execute(
        f"insert into {SHADOW}.made (code, log, head, reached, stage) values (%s, %s, %s, %s, 'rows')",
        [code(), _log_up_to(connection, head), head, head],
    )
    plan(connection, "rows", _between(bounds))
    return Made(head, head, "rows")


def plan(connection: Connection, stage: Stage, parts: Iterable[tuple[str, str, int]]) -> None:
    """Parts of a stage, each by its first, its last and its weight."""
    connection.cursor().executemany(
        f"insert into {SHADOW}.part (stage, first, last, weight) values (%s, %s, %s, %s)",
        [(stage, first, last, weight) for first, last, weight in parts],
    )


def plan_positions(connection: Connection, stage: Stage, bounds: Sequence[int]) -> None:
    """Parts of the log, which end at the bounds."""
    plan(connection, stage, _between(bounds))


def plan_statements(connection: Connection, stage: Stage, statements: Iterable[str]) -> None:
    """What statements do as parts."""
    plan(connection, stage, [(statement, "", 0) for statement in statements])


def plan_indexes(connection: Connection, stage: Stage, tables: Sequence[str]) -> None:
    """
    The indexes of some tables as parts, and to look at the tables, so that queries are planned well at once.

    What takes longest comes first, that no processor waits long for the others at the end; but keys, which are alone
    with their table, when its indexes are made.
    """
    rows = connection.execute(
        f"select statement from {SHADOW}.index_to_make where on_table = any(%s)"
        f" order by statement like 'alter%%', pg_relation_size(('{SHADOW}.' || on_table)::regclass) desc, statement",
        [list(tables)],
    ).fetchall()
    plan_statements(connection, stage, [statement for (statement,) in rows])
    plan_statements(connection, stage, [_ANALYZE.format(table) for table in tables])


def put_in_place(connection: Connection, table: str) -> None:
    """A new table takes the place of the old one: it has the same owner, and others have the same rights to it."""
    connection.execute(f"create schema if not exists {REPLACED}")
    connection.execute(f"alter table dateline.{table} set schema {REPLACED}")
    connection.execute(f"alter table {SHADOW}.{table} set schema dateline")
    connection.execute(f"alter table dateline.{table} reset (autovacuum_enabled)")
    for (statement,) in connection.execute(_RIGHTS.format(table).encode()).fetchall():
        connection.execute(statement)


def drop_replaced(connection: Connection, tables: Sequence[str]) -> None:
    """Drops old tables, as far as they are there; nothing else may depend on them."""
    connection.execute("; ".join(f"drop table if exists {REPLACED}.{table}" for table in tables).encode())


def drop(connection: Connection) -> None:
    """Drops all that a rebuild made and did not put in place, and what it replaced; the next begins anew."""
    connection.execute(f"drop schema if exists {SHADOW} cascade; drop schema if exists {REPLACED} cascade")


def depending(connection: Connection, schema: str, tables: Sequence[str]) -> list[str]:
    """What others made that cannot be without some tables of a schema: `view reports.bans`."""
    return [what for (what,) in connection.execute(_DEPENDING, [schema, list(tables)]).fetchall()]


def enter(connection: Connection, stage: Stage) -> None:
    """The stage before is done."""
    connection.execute(f"update {SHADOW}.made set stage = %s", [stage])


def reach(connection: Connection, position: int) -> None:
    """What was appended up to a position is projected as well."""
    connection.execute(f"update {SHADOW}.made set reached = %s", [position])


def take(connection: Connection, stage: Stage) -> Part | None:
    """The next part of a stage that nobody has, held until the transaction ends; None where there is none."""
    row = connection.execute(
        f"select number, stage, first, last, weight from {SHADOW}.part where stage = %s and not done"
        " order by number limit 1 for update skip locked",
        [stage],
    ).fetchone()
    return None if row is None else Part(*row)


def tick(connection: Connection, part: Part) -> None:
    """The part is done, if the transaction is committed."""
    connection.execute(f"update {SHADOW}.part set done = true where number = %s", [part.number])


def weights(connection: Connection, stage: Stage) -> tuple[int, int]:
    """How much of a stage is done, and how much there is."""
    row = connection.execute(
        f"select coalesce(sum(weight) filter (where done), 0)::bigint, coalesce(sum(weight), 0)::bigint"
        f" from {SHADOW}.part where stage = %s",
        [stage],
    ).fetchone()
    assert row is not None
    return row[0], row[1]


def _between(bounds: Sequence[int]) -> Iterator[tuple[str, str, int]]:
    first = 0
    for last in bounds:
        yield str(first), str(last), last - first
        first = last


def _log_up_to(connection: Connection, head: int) -> str:
    """What tells a log from another: its event at a position, with its moment."""
    row = connection.execute(
        "select originator_id::text || ' ' || originator_version || ' ' || recorded_at::text || ' ' || md5(state)"
        " from dateline.event where position = %s",
        [head],
    ).fetchone()
    return "" if row is None else str(row[0])
