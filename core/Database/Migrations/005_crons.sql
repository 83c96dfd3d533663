create sequence cron_schedule_ids;

create table crons (
  id uuid primary key default gen_random_uuid(),
  app_id text not null references apps on delete cascade,
  name text not null,
  schedule text not null,
  timezone text,
  payload json not null,
  -- The same with the cron's id in it.
  job_payload json not null,
  overlap_policy text not null check (overlap_policy in ('skip', 'queue')),
  enabled boolean not null,
  -- It came with the app's manifest, which may change and delete it.
  from_manifest boolean not null default false,
  -- A number of its own for as long as it is enabled.
  schedule_id bigint,
  -- From where intervals of seconds count.
  anchor timestamptz not null,
  -- The first occurrence that is not among the jobs yet.
  next_at timestamptz,
  created_by uuid references users on delete set null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (app_id, name)
) with (fillfactor = 80);

create index crons_next on crons (next_at) where next_at is not null;
create index crons_owner on crons (created_by) where created_by is not null;

-- The cron that a job is of, which of its occurrences, why it was enqueued, and by whom if by hand. Until its time comes it may be taken back or skipped.
alter table jobs
  add column cron_id uuid,
  add column cron_due timestamptz,
  add column cron_cause text check (cron_cause in ('schedule', 'catch-up', 'manual')),
  add column cron_user_id uuid;

create unique index jobs_cron on jobs (cron_id, cron_due, (cron_cause = 'manual')) where cron_id is not null;

alter table ended_jobs
  add column cron_id uuid,
  add column cron_due timestamptz,
  add column cron_cause text,
  add column cron_user_id uuid;

create index ended_jobs_cron on ended_jobs (cron_id, cron_due) where cron_id is not null;

-- Occurrences that never became a run: one that was skipped, or all that were missed in one go.
create table cron_gaps (
  id bigint not null default nextval('job_ids'),
  cron_id uuid not null,
  state text not null check (state in ('skipped', 'missed')),
  first_due timestamptz not null,
  last_due timestamptz not null,
  occurrences bigint not null default 1,
  recorded_at timestamptz not null default now()
) partition by range (recorded_at);

create table cron_gaps_other partition of cron_gaps default;
create index cron_gaps_cron on cron_gaps (cron_id, last_due);

-- The latest runs of each cron whose jobs are about to be dropped, so that one that runs once a month has a past as well.
create table cron_kept_runs (
  id bigint primary key,
  cron_id uuid not null references crons on delete cascade,
  state text not null,
  message text,
  started_at timestamptz,
  ended_at timestamptz not null,
  cron_due timestamptz not null,
  cron_cause text not null,
  cron_user_id uuid
);

create index cron_kept_runs_cron on cron_kept_runs (cron_id, cron_due);
