-- The first start of the PostgreSQL container: psql, as the superuser, in the database `dateline`.
-- The passwords come from the container's environment, which docker-compose.yml refuses to leave empty.
\set ON_ERROR_STOP on
\getenv owner_password DATELINE_OWNER_PASSWORD
\getenv app_password DATELINE_APP_PASSWORD
SELECT set_config('dateline.owner_password', :'owner_password', false) IS NOT NULL AS owner,
       set_config('dateline.app_password', :'app_password', false) IS NOT NULL AS app;
\ir /etc/dateline/roles.sql
