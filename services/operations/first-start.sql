-- The first start of the PostgreSQL container: psql, as the superuser, in the database `dateline`.
-- The passwords are the secrets of docker-compose.yml, a file each; psql reads them, no command line shows them.
\set ON_ERROR_STOP on
\if :{?secrets}
\else
    \set secrets /run/secrets
    \set roles /etc/dateline/roles.sql
\endif
\set owner_password `cat :secrets/owner`
\set app_password `cat :secrets/app`
\set backup_password `cat :secrets/backup`
SELECT set_config('dateline.owner_password', :'owner_password', false) IS NOT NULL AS owner,
       set_config('dateline.app_password', :'app_password', false) IS NOT NULL AS app,
       set_config('dateline.backup_password', :'backup_password', false) IS NOT NULL AS backup;
\i :roles
-- Who makes backups comes over the network, with the password. The server reads this when it starts for good.
\! echo 'host replication dateline_backup all scram-sha-256' >> "$PGDATA/pg_hba.conf"
