-- An app is known from the moment something of it is live (or it was installed).
create table apps (
  id text primary key,
  created_at timestamptz not null default now(),
  created_by uuid references users on delete set null
);

create table deployments (
  app_id text not null,
  version integer not null,
  state text not null default 'pending'
    check (state in ('pending', 'installing', 'starting', 'live', 'superseded', 'failed')),
  archive text not null,
  sha256 text not null,
  size bigint not null,
  entry_point text,
  -- Why it failed, and whose fault it was: the deployer's (archive, install, start) or ours (internal).
  error text,
  failure text check (failure in ('archive', 'install', 'start', 'internal')),
  created_by uuid references users on delete set null,
  created_at timestamptz not null default now(),
  finished_at timestamptz,
  primary key (app_id, version)
);

create index deployments_unfinished on deployments (app_id, version)
  where state in ('pending', 'installing', 'starting');

create table supervisors (
  id text primary key,
  started_at timestamptz not null default now(),
  heartbeat_at timestamptz not null default now()
);

-- One row per app: what is wanted, what was seen, and who may act on it.
-- fence grows with every change of hands; a write that carries an older one changes nothing.
create table workers (
  app_id text primary key,
  desired text not null default 'stopped' check (desired in ('running', 'stopped')),
  -- Grows with every start or stop asked for; observed_command is the last one that status reflects.
  command bigint not null default 0,
  observed_command bigint not null default 0,
  status text not null default 'stopped'
    check (status in ('starting', 'running', 'stopping', 'stopped', 'crashed')),
  error text,
  live_version integer,
  supervisor_id text references supervisors on delete set null,
  fence bigint not null default 0,
  lease_until timestamptz,
  updated_at timestamptz not null default now()
);

create index workers_supervisor on workers (supervisor_id);
