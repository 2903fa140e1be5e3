-- The first day on which an act may have been announced: before it nobody knew what the action says. Who asks about an
-- earlier position by the eyes of a day reads no more than could be known by then.
alter table action add column announced_from date not null;
