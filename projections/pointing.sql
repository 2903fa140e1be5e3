-- Which jurisdictions a question about one has to be asked of. Made again from the log like the rest.

-- One row a jurisdiction or a measure that an act of a jurisdiction ever named, by a target or a link, with the edition
-- that did so first.
create table pointing (
    target       text   not null,
    jurisdiction text   not null,
    edition      bigint not null,
    primary key (target, jurisdiction)
);
