create sequence row_audit_ids;

-- What became of rows of apps' tables. Rows outlive the app that they were of.
create table row_audit (
  id bigint not null default nextval('row_audit_ids'),
  table_schema text not null,
  table_name text not null,
  record_id text not null,
  operation text not null,
  -- Written once, looked into by nobody here: as text it costs half of what a parsed form would.
  old_record json,
  new_record json,
  actor_uid uuid,
  delegator_uid uuid,
  trigger_ref text,
  changed_at timestamptz not null default now()
) partition by range (changed_at);

create index row_audit_id on row_audit (id);
create index row_audit_table on row_audit (table_schema, table_name, id);
-- Ids are random, and asked for as a whole.
create index row_audit_record on row_audit using hash (record_id);

-- Days are added ahead of time and dropped whole; this one only catches what no day was made for.
create table row_audit_other partition of row_audit default;

-- Records what a statement did to the rows of a table. It runs in the sessions of apps as well, whose settings must not decide what is written down: neither
-- how values look as text, nor who did it, which only the platform's own sessions may say.
create function audit_rows() returns trigger language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set timezone = 'UTC'
  set datestyle = 'ISO, YMD'
  set extra_float_digits = 1
as $$
#variable_conflict use_variable
-- and n.* rather than n: tables may have columns of any name.
declare
  actor uuid;
  delegator uuid;
  cause text;
begin
  if not starts_with(session_user::text, 'rootcx_app_') then
    actor := case when pg_input_is_valid(current_setting('rootcx.actor_uid', true), 'uuid') then current_setting('rootcx.actor_uid', true)::uuid end;
    delegator := case when pg_input_is_valid(current_setting('rootcx.delegator_uid', true), 'uuid') then current_setting('rootcx.delegator_uid', true)::uuid end;
    cause := nullif(current_setting('rootcx.trigger_ref', true), '');
  end if;

  if tg_op = 'INSERT' then
    insert into rootcx_system.row_audit (table_schema, table_name, record_id, operation, new_record, actor_uid, delegator_uid, trigger_ref)
    select tg_table_schema, tg_table_name, n.id::text, tg_op, row_to_json(n.*), actor, delegator, cause from new_rows n;
  elsif tg_op = 'UPDATE' then
    -- A full join, because it is never carried out as nested loops: the plan is made for the first statement of a session, and kept for those with many more rows.
    insert into rootcx_system.row_audit (table_schema, table_name, record_id, operation, old_record, new_record, actor_uid, delegator_uid, trigger_ref)
    select tg_table_schema, tg_table_name, coalesce(n.id, o.id)::text, tg_op, row_to_json(o.*), row_to_json(n.*), actor, delegator, cause
    from old_rows o full join new_rows n on n.id = o.id;
  else
    insert into rootcx_system.row_audit (table_schema, table_name, record_id, operation, old_record, actor_uid, delegator_uid, trigger_ref)
    select tg_table_schema, tg_table_name, o.id::text, tg_op, row_to_json(o.*), actor, delegator, cause from old_rows o;
  end if;

  return null;
end $$;

revoke execute on function audit_rows() from public;
