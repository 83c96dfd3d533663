alter table users
  -- Set while the account may do nothing.
  add column disabled_at timestamptz,
  -- Access tokens that were made for an earlier one are void.
  add column token_epoch integer not null default 0;

create index rbac_assignments_role on rbac_assignments (role);

alter table sessions
  add column last_used_at timestamptz not null default now(),
  add column address text,
  add column user_agent text;

-- Those of a session that may still be presented. One that is not here was replaced a while ago.
create table refresh_tokens (
  id uuid primary key,
  session_id uuid not null references sessions on delete cascade,
  replaced_at timestamptz
);

create index refresh_tokens_session on refresh_tokens (session_id);

-- How often something was tried in the period that began with the first time.
create table throttles (
  key text primary key,
  ends_at timestamptz not null,
  tries integer not null
);

create index throttles_end on throttles (ends_at);

-- The keys that are known, for people to choose from and for wildcards to be spelled out.
create table rbac_permissions (
  key text primary key,
  description text,
  source_app text
);

create index rbac_permissions_app on rbac_permissions (source_app);

insert into rbac_permissions (key, source_app)
select 'app:' || id || ':' || suffix, id
from apps cross join unnest(array['invoke', 'cron.read', 'cron.write', 'cron.trigger', 'jobs.read', 'jobs.manage']) as suffix;

-- What people did to the platform.
create table platform_audit (
  id bigint generated always as identity primary key,
  at timestamptz not null default now(),
  action text not null,
  actor_id uuid,
  actor_email text,
  address text,
  app_id text,
  target text,
  detail json
);

create index platform_audit_at on platform_audit (at);
create index platform_audit_action on platform_audit (action, id);
create index platform_audit_actor on platform_audit (actor_id, id);
create index platform_audit_app on platform_audit (app_id, id) where app_id is not null;

-- Grows with everything that decides what somebody may do, in the same transaction, which rings as well: whoever remembers such things looks at this
-- number now and then, for rings that got lost.
create table access_version (version bigint not null);
insert into access_version values (1);

create function access_changed() returns trigger language plpgsql as $$
begin
  update access_version set version = version + 1;
  perform pg_notify('rootcx_access', '');
  return null;
end $$;

create trigger access_changed after delete or update of email, disabled_at, token_epoch on users for each statement execute function access_changed();
create trigger access_changed after insert or update or delete on rbac_roles for each statement execute function access_changed();
create trigger access_changed after insert or update or delete on rbac_assignments for each statement execute function access_changed();
create trigger access_changed after insert or update or delete on rbac_permissions for each statement execute function access_changed();
