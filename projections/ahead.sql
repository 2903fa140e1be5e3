-- The part of the read model that feeds and calendars look things up in. Made again from the log like the rest.

-- One row a day that still lay ahead when an event told of it. Whether anything then happens on it, the fold says.
create table ahead (
    day          date   not null,
    measure      text   collate "C" not null,
    jurisdiction text   not null,
    position     bigint not null        -- of the event that told of it
);
create index ahead_day on ahead (day, measure);
create index ahead_jurisdiction on ahead (jurisdiction, day, measure);
create index ahead_measure on ahead (measure, day);

-- One row a subject that a measure was ever said to be on, with the edition that said so first.
create table named (
    subject      text   not null,
    measure      text   not null,
    edition      bigint not null,
    primary key (subject, measure)
);
