-- An append that has begun writes rows for positions that it may not come to have. Nobody is to wait for it until that is
-- known, as they would for a unique index: that a position comes once is for the log to say.
alter table action drop constraint action_pkey;
create index action_position on action (position, place);
alter table entry drop constraint entry_pkey;
create index entry_position on entry (position);
