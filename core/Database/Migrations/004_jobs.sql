-- When the app was last taken over from a supervisor that had not given it up.
alter table workers add column lost_at timestamptz;

create sequence job_ids;

-- Jobs that have not ended. Only the supervisor that holds an app's lease runs its jobs, so nothing is written when it takes one: it knows what it has
-- in hand. A job that runs for a while is marked with the lease's fence and counted as a delivery; a mark of an earlier fence means that its run was lost.
create table jobs (
  app_id text not null,
  id bigint not null default nextval('job_ids'),
  payload json not null,
  user_id uuid,
  priority smallint not null default 0,
  run_at timestamptz not null default now(),
  -- Waits for run_at; taken back when that is past.
  scheduled boolean not null default false,
  -- Throws that it may answer with, and has.
  max_attempts smallint not null default 1,
  attempts smallint not null default 0,
  backoff_seconds integer not null default 5,
  timeout_seconds integer,
  -- Deliveries, and those of them that were never answered.
  read_ct integer not null default 0,
  lost smallint not null default 0,
  enqueued_at timestamptz not null default now(),
  fence bigint,
  started_at timestamptz,
  progress real,
  progress_note text,
  error text,
  cancelled boolean not null default false,
  primary key (app_id, id)
) with (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);

create index jobs_queue on jobs (app_id, priority desc, id) where not scheduled;
create index jobs_scheduled on jobs (app_id, run_at) where scheduled;
create index jobs_marked on jobs (app_id) where fence is not null;
create index jobs_user on jobs (app_id, user_id, id) where user_id is not null;

-- Jobs that have ended, by state and day; days are added ahead of time and dropped whole.
create table ended_jobs (
  app_id text not null,
  id bigint not null,
  state text not null check (state in ('completed', 'failed', 'cancelled')),
  payload json not null,
  user_id uuid,
  priority smallint not null,
  run_at timestamptz not null,
  max_attempts smallint not null,
  attempts smallint not null,
  backoff_seconds integer not null,
  timeout_seconds integer,
  read_ct integer not null,
  enqueued_at timestamptz not null,
  started_at timestamptz,
  ended_at timestamptz not null,
  progress real,
  progress_note text,
  result json,
  error text
) partition by list (state);

create table job_archive partition of ended_jobs for values in ('completed') partition by range (ended_at);
create table job_archive_other partition of job_archive default;
create table job_failures partition of ended_jobs for values in ('failed', 'cancelled') partition by range (ended_at);
create table job_failures_other partition of job_failures default;

create index ended_jobs_id on ended_jobs (app_id, id);
create index ended_jobs_user on ended_jobs (app_id, user_id, id) where user_id is not null;

-- How many ended, by day, so that nobody has to count them.
create table job_counts (
  app_id text not null,
  day date not null,
  state text not null,
  jobs bigint not null,
  primary key (app_id, day, state)
);

-- Which job an idempotency key stands for; outlives the job.
create table job_keys (
  app_id text not null,
  key text not null,
  job_id bigint not null,
  expires_at timestamptz not null,
  primary key (app_id, key)
);

create index job_keys_expiry on job_keys (expires_at);
