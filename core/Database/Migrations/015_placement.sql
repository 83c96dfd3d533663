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
