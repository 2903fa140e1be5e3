-- The words of each action, for search. Filled behind the log, in its order: what has no row here yet is not found yet.
-- From when to when the words stand, `action` says.
create table search (
    position bigint   not null,         -- of the action
    place    int      not null,
    day      date     not null,         -- the last on which its act may have been announced
    words    tsvector not null,         -- A of names and titles, B of authority, subjects, scope and citation, C, D
    primary key (position, place)
);
create index search_words on search using gin (words);
