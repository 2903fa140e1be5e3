-- JSON of the read model stays as it was written: nothing takes it apart when it comes, nor puts it together again for
-- each answer. What is looked up by has columns of its own.
alter table action alter column data type json using data::json;
alter table period alter column value type json using value::json;
