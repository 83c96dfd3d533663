create sequence log_entry_ids;

-- One writer per app at a time, in order: within an app a larger id was also committed later.
create table log_entries (
  id bigint not null default nextval('log_entry_ids'),
  app_id text not null,
  at timestamptz not null,
  level text not null,
  message text not null
) partition by range (at);

create index log_entries_app on log_entries (app_id, id);

-- Days are added ahead of time and dropped whole; this one only catches what no day was made for.
create table log_entries_other partition of log_entries default;
