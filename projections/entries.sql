-- One row an event of the log, for finding events by where, who and what: the log itself is JSON, read whole. The measure
-- is the stream of the event (dateline.event.originator_id).
create table entry (
    position     bigint primary key,
    edition      bigint not null,       -- the last position of the append
    jurisdiction text   not null,
    act          text,                  -- null for a review
    type         text   not null,       -- proposed, …, corrected, retracted, verified, reviewed
    recorded_by  text   not null,
    batch        text
);
create index entry_jurisdiction on entry (jurisdiction, position);
create index entry_act on entry (act, position);
create index entry_type on entry (type, position);
create index entry_recorded_by on entry (recorded_by, position);
create index entry_batch on entry (batch, position) where batch is not null;
