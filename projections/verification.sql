-- The part of the read model that says which acts were verified. Made again from the log like the rest.

-- One row a verification of an act on a measure. Closed by a correction, a retraction, or another verification.
create table verification (
    position      bigint      primary key,  -- of the event that says it
    jurisdiction  text        not null,
    measure       text        not null,
    act           text        not null,
    level         text        not null
        check (level in ('official_document', 'official_statement', 'two_independent', 'single_press')),
    recorded_by   text        not null,     -- the verifier
    recorded_at   timestamptz not null,
    note          text,
    url           text,
    recorded_from bigint      not null,     -- the edition that brought it
    recorded_to   bigint                    -- the edition from which it does not hold; null: it stands
);
create index verification_act on verification (act);
create index verification_measure on verification (measure, act);
create index verification_jurisdiction on verification (jurisdiction, recorded_from);
