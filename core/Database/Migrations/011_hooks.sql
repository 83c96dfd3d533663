-- Row events that enqueue jobs.
create table entity_hooks (
  id uuid primary key default gen_random_uuid(),
  app_id text not null references apps on delete cascade,
  entity text not null,
  operation text not null check (operation in ('INSERT', 'UPDATE', 'DELETE')),
  action_type text not null default 'job' check (action_type = 'job'),
  action_config json not null default '{}',
  -- It came with the app's manifest, which may delete it.
  from_manifest boolean not null default false,
  -- For whom its jobs run.
  created_by uuid references users on delete set null,
  created_at timestamptz not null default clock_timestamp()
);

create index entity_hooks_entity on entity_hooks (app_id, entity, operation);
create index entity_hooks_owner on entity_hooks (created_by) where created_by is not null;

-- What a hook's job gets. A payload has the same bound as that of any other job: rows that would go over it are left out, and it says so.
create function hook_payload(hook entity_hooks, record_id text, record json, old_record json) returns json language plpgsql stable
  set search_path = pg_catalog, pg_temp
as $$
declare
  most constant integer := 1048576; -- bytes
  payload json := json_build_object(
    '_hook', true, 'hook_id', hook.id, 'entity', hook.entity, 'operation', hook.operation, 'record_id', record_id,
    'record', record, 'old_record', old_record, 'action_type', hook.action_type, 'action_config', hook.action_config);
begin
  if octet_length(payload::text) > most then
    payload := json_build_object(
      '_hook', true, 'hook_id', hook.id, 'entity', hook.entity, 'operation', hook.operation, 'record_id', record_id,
      'record', null, 'old_record', null, 'oversized', true, 'action_type', hook.action_type, 'action_config', hook.action_config);
  end if;

  return payload;
end $$;

-- Enqueues a job for each row that a statement wrote and each hook, in the order of the rows. It runs in the sessions of apps as well, whose settings must not
-- decide how values look as text.
create function fire_hooks() returns trigger language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set timezone = 'UTC'
  set datestyle = 'ISO, YMD'
  set extra_float_digits = 1
as $$
#variable_conflict use_variable
-- and new_rows.* rather than new_rows: tables may have columns of any name.
begin
  if tg_op = 'INSERT' then
    insert into rootcx_system.jobs (app_id, payload, user_id)
    select hook.app_id, rootcx_system.hook_payload(hook, n.id::text, n.record, null), hook.created_by
    from (select row_number() over () as position, new_rows.id, to_json(new_rows.*) as record from new_rows) n
      join rootcx_system.entity_hooks hook on hook.app_id = tg_table_schema and hook.entity = tg_table_name and hook.operation = tg_op
    order by n.position, hook.created_at, hook.id;
  elsif tg_op = 'UPDATE' then
    -- A full join, because it is never carried out as nested loops: the plan is made for the first statement of a session, and kept for those with many more rows.
    insert into rootcx_system.jobs (app_id, payload, user_id)
    select hook.app_id, rootcx_system.hook_payload(hook, coalesce(n.id, o.id)::text, n.record, o.record), hook.created_by
    from (select row_number() over () as position, new_rows.id, to_json(new_rows.*) as record from new_rows) n
      full join (select old_rows.id, to_json(old_rows.*) as record from old_rows) o on o.id = n.id
      join rootcx_system.entity_hooks hook on hook.app_id = tg_table_schema and hook.entity = tg_table_name and hook.operation = tg_op
    order by n.position, hook.created_at, hook.id;
  else
    insert into rootcx_system.jobs (app_id, payload, user_id)
    select hook.app_id, rootcx_system.hook_payload(hook, o.id::text, null, o.record), hook.created_by
    from (select row_number() over () as position, old_rows.id, to_json(old_rows.*) as record from old_rows) o
      join rootcx_system.entity_hooks hook on hook.app_id = tg_table_schema and hook.entity = tg_table_name and hook.operation = tg_op
    order by o.position, hook.created_at, hook.id;
  end if;

  if found then
    perform pg_notify('rootcx_jobs', tg_table_schema);
  end if;

  return null;
end $$;

revoke execute on function hook_payload(entity_hooks, text, json, json), fire_hooks() from public;
