alter table supervisors
  -- So many running apps it takes.
  add column capacity integer not null default 1000,
  -- It is about to end: it takes nothing more, and the others take its apps over.
  add column draining boolean not null default false;

alter table workers
  -- The supervisor that is about to take the app over from the one that holds it.
  add column offered_to text,
  -- The holder runs none of the app's jobs and takes no more: the app may be taken over.
  add column yielded boolean not null default false,
  -- When its worker crashed lately; they count wherever it is started next.
  add column crashes timestamptz[] not null default '{}';

alter table workers
  -- So many supervisors are to run the app, the one that holds it among them.
  add column replicas integer not null default 1 check (replicas between 1 and 16);

-- Supervisors that run an app for its calls only, beside the one that holds it.
create table worker_replicas (
  app_id text not null references workers on delete cascade,
  supervisor_id text not null references supervisors on delete cascade,
  -- What takes calls there; null while nothing does.
  version integer,
  primary key (app_id, supervisor_id)
);

create index worker_replicas_supervisor on worker_replicas (supervisor_id);
