-- What an app's manifest says; all null for an app that has code only.
alter table apps
  -- As it was received.
  add column manifest json,
  add column name text,
  add column version text,
  add column type text check (type in ('app', 'integration', 'agent')),
  -- Under which its entities are known in other apps.
  add column identity_kinds text[] not null default '{}',
  add column installed_at timestamptz,
  add column installed_by uuid references users on delete set null;

create index apps_identity_kinds on apps using gin (identity_kinds);
