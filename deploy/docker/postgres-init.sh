#!/bin/bash
# Run once by PostgreSQL's image: two databases, their owner and the DataStore's read-only user.
set -euo pipefail
psql -v ON_ERROR_STOP=1 -v ckan="$CKAN_PASSWORD" -v reader="$READER_PASSWORD" -U postgres <<'SQL'
create role ckan login nosuperuser password :'ckan';
create role datastore_reader login nosuperuser password :'reader';
create database ckan owner ckan encoding 'utf8' template template0;
create database datastore owner ckan encoding 'utf8' template template0;
SQL
