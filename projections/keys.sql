-- API keys, of which only hashes are kept. Not part of the read model: they cannot be made again from the log.

create table api_key (
    id         text        primary key check (id ~ '^[0-9a-f]{12}$'),  -- public: stands in the key and in lists
    hash       bytea       not null check (octet_length(hash) = 32),   -- sha256 of the whole key
    name       text        not null,                                   -- the pseudonym that its holder records under
    role       text        not null check (role in ('reader', 'recorder', 'reviewer', 'admin')),
    made_at    timestamptz not null,
    expires_on date,                                                   -- the last day (UTC) on which it is taken
    revoked_at timestamptz
);

-- Where roles.sql has separated the roles: the application reads this table, and that is all. Whoever could write here
-- could let themselves in. The same function stands in roles.sql, for servers that are set up from now on.
do $roles$
begin
    if to_regprocedure('dateline.grant_application_rights()') is null then
        return;
    end if;
    execute $replace$
CREATE OR REPLACE FUNCTION dateline.grant_application_rights() RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $rights$
DECLARE
    name text;
BEGIN
    REVOKE ALL ON ALL TABLES IN SCHEMA dateline FROM dateline_app;
    GRANT SELECT ON ALL TABLES IN SCHEMA dateline TO dateline_app;
    FOR name IN SELECT relname FROM pg_class WHERE relnamespace = 'dateline'::regnamespace AND relkind IN ('r', 'p') LOOP
        IF name = 'event' THEN
            GRANT INSERT ON dateline.event TO dateline_app;
        ELSIF name NOT IN ('migration', 'api_key') THEN
            EXECUTE format('GRANT INSERT, UPDATE, DELETE ON dateline.%I TO dateline_app', name);
        END IF;
    END LOOP;
END
$rights$
    $replace$;
end
$roles$;
