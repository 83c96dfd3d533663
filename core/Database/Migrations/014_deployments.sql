-- Pages of an app as they were uploaded at one time; a deployment has at most one set, and several deployments may have the same.
create table frontends (
  id uuid primary key default gen_random_uuid(),
  app_id text not null,
  -- The blob with the archive as uploaded, named by its content.
  archive text not null,
  sha256 text not null,
  size bigint not null,
  -- The blobs with the unpacked files and their index have names that begin so.
  bundle text not null,
  created_by uuid references users on delete set null,
  created_at timestamptz not null default now()
);

create index frontends_app on frontends (app_id);
create index frontends_archive on frontends (archive);

create sequence deployment_turns;

alter table deployments
  -- Never comes again, unlike an app's id and version.
  add column id uuid not null default gen_random_uuid() unique,
  -- Those of an app that wait are carried out in this order; a version that is activated gets a new place.
  add column turn bigint not null default nextval('deployment_turns'),
  -- When it went live for the first time; null if it never did.
  add column live_at timestamptz,
  -- False for a version that has pages only.
  add column has_code boolean not null default true,
  add column frontend_id uuid references frontends,
  add column icon uuid,
  add column icon_type text;

update deployments set live_at = coalesce(finished_at, created_at) where state in ('live', 'superseded');

update deployments d set icon = apps.icon, icon_type = apps.icon_type from apps where apps.id = d.app_id and d.state = 'live';

create unique index deployments_live on deployments (app_id) where state = 'live';
create index deployments_archive on deployments (archive);
create index deployments_frontend on deployments (frontend_id) where frontend_id is not null;

-- How each deployment came along, step by step.
create table deployment_events (
  id bigint generated always as identity,
  app_id text not null,
  version integer not null,
  step text not null check (step in ('received', 'unpacked', 'installing', 'starting', 'live', 'failed')),
  error text,
  at timestamptz not null default now(),
  primary key (app_id, version, id),
  foreign key (app_id, version) references deployments on delete cascade
);

insert into deployment_events (app_id, version, step, error, at)
select app_id, version, case state when 'failed' then 'failed' else 'live' end, error, coalesce(finished_at, created_at)
from deployments where state in ('live', 'superseded', 'failed');
