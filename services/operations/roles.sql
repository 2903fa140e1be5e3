-- The roles of a Dateline database on a PostgreSQL server (16 or later), and what each may do.
--
--   dateline_owner   owns the schema, migrates and rebuilds
--   dateline_app     serves: reads everything, adds to the log, keeps the read model; it cannot change the log,
--                    nor make API keys
--   dateline_backup  copies the whole server for a backup, and reads the log to say what it copied; made only where
--                    a password for it is given
--
-- Run by a superuser inside the database of Dateline; again at any time, it changes only what differs. The passwords
-- come in as settings of the session (the role keeps its password where a setting is missing or empty):
--
--   SELECT set_config('dateline.owner_password', '…', false), set_config('dateline.app_password', '…', false),
--          set_config('dateline.backup_password', '…', false);

BEGIN;

DO $roles$
DECLARE
    role text;
    given text;
BEGIN
    FOREACH role IN ARRAY ARRAY['owner', 'app'] LOOP
        given := coalesce(current_setting(format('dateline.%s_password', role), true), '');
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'dateline_' || role) THEN
            IF given = '' THEN
                RAISE EXCEPTION 'the role dateline_% needs a password: set dateline.%_password first', role, role;
            END IF;
            EXECUTE format('CREATE ROLE %I', 'dateline_' || role);
        END IF;
        EXECUTE format(
            'ALTER ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS', 'dateline_' || role
        );
        IF given <> '' THEN
            EXECUTE format('ALTER ROLE %I PASSWORD %L', 'dateline_' || role, given);
        END IF;
    END LOOP;

    given := coalesce(current_setting('dateline.backup_password', true), '');
    IF given <> '' AND NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'dateline_backup') THEN
        CREATE ROLE dateline_backup;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'dateline_backup') THEN
        ALTER ROLE dateline_backup LOGIN REPLICATION NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
        IF given <> '' THEN
            EXECUTE format('ALTER ROLE dateline_backup PASSWORD %L', given);
        END IF;
        EXECUTE format('GRANT CONNECT ON DATABASE %I TO dateline_backup', current_database());
    END IF;

    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT, CREATE, TEMPORARY ON DATABASE %I TO dateline_owner', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO dateline_app', current_database());
END
$roles$;

REVOKE ALL ON SCHEMA public FROM PUBLIC;
-- Everybody may make large objects, and Dateline has none.
REVOKE EXECUTE ON FUNCTION lo_creat(int), lo_create(oid), lo_from_bytea(oid, bytea) FROM PUBLIC;
CREATE SCHEMA IF NOT EXISTS dateline AUTHORIZATION dateline_owner;
ALTER SCHEMA dateline OWNER TO dateline_owner;
GRANT USAGE ON SCHEMA dateline TO dateline_app;

-- Who makes backups reads what may be read already, and changes nothing.
DO $backup$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'dateline_backup') THEN
        GRANT USAGE ON SCHEMA dateline TO dateline_backup;
        GRANT SELECT ON ALL TABLES IN SCHEMA dateline TO dateline_backup;
        ALTER DEFAULT PRIVILEGES FOR ROLE dateline_owner IN SCHEMA dateline GRANT SELECT ON TABLES TO dateline_backup;
    END IF;
END
$backup$;

-- A table that somebody adds later can be read, and that is all: a default that could write would reach the log too.
ALTER DEFAULT PRIVILEGES FOR ROLE dateline_owner IN SCHEMA dateline GRANT SELECT ON TABLES TO dateline_app;

-- What the application may do with each table that exists: read all, add to the log, change the read model, which can
-- be made again from the log. To be called by the owner after a migration. (The tables that a rebuild swaps in have the
-- rights that the old ones had.) A migration that adds another table of record (one that cannot be made again) replaces
-- this function and names that table beside the log.
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
$rights$;
ALTER FUNCTION dateline.grant_application_rights() OWNER TO dateline_owner;
REVOKE ALL ON FUNCTION dateline.grant_application_rights() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION dateline.grant_application_rights() TO dateline_owner;

SELECT dateline.grant_application_rights();

COMMIT;
