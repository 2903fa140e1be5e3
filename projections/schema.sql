-- The read model: the log retold for questions. It can be thrown away and made again (dateline rebuild).

-- One row an edition of an act: as recorded, as corrected, retracted. Knows every slug and recognises repeats.
create table act (
    edition     bigint      not null,   -- the last position of the append
    place       int         not null,   -- the order within the append
    act         text        not null,
    kind        text        not null check (kind in ('recorded', 'corrected', 'retracted')),
    recorded_at timestamptz not null,
    content     bytea,                  -- sha256 of the act with its actions; null for a retraction
    reason      text,
    note        text,
    measures    text[]      not null,
    primary key (edition, place)
);
create index act_slug on act (act, edition, place);

-- One row an action as recorded or as corrected. Closed when superseded, never deleted.
create table action (
    position      bigint not null,      -- of the event that says it
    place         int    not null,      -- within that event
    jurisdiction  text   not null,
    measure       text   not null,
    act           text   not null,
    type          text   not null,
    recorded_from bigint not null,      -- the edition that brought it
    recorded_to   bigint,               -- the edition that superseded it; null: it stands
    data          jsonb  not null,
    primary key (position, place)
);
create index action_measure on action (measure, recorded_from);
create index action_jurisdiction on action (jurisdiction, recorded_from);
create index action_act on action (act);

-- At the head only: the fold's result, boxes of valid days × known days, both half-open.
create table period (
    measure      text      not null,
    kind         text      not null check (kind in ('measure', 'validity', 'deadline')),
    name         text      not null,    -- of a deadline; the act that adopted, for a validity; else empty
    jurisdiction text      not null,
    valid        daterange not null,
    known        daterange not null,
    status       text,                  -- of the measure or the deadline, in the latest reading
    exact        boolean   not null,    -- false where a partial day may leave another status possible
    value        jsonb     not null
);
create index period_measure on period (measure, kind);
create index period_jurisdiction on period (jurisdiction, kind);

-- Who was looked through when, and nothing new found.
create table review (
    position     bigint primary key,
    jurisdiction text   not null,
    reviewed_on  text   not null,
    edition      bigint not null
);
create index review_jurisdiction on review (jurisdiction, edition);

-- The last edition that touched a jurisdiction: what was read before it is stale.
create table jurisdiction (
    jurisdiction text   primary key,
    edition      bigint not null
);
