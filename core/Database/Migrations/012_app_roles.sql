-- What every app's role may use besides its own schema. Roles are the server's, not the database's: another database of the same server may be making it too.
do $$ begin
  if not exists (select from pg_roles where rolname = 'rootcx_apps') then
    create role rootcx_apps nologin;
  end if;
exception when duplicate_object or unique_violation then
  null;
end $$;

create schema rootcx;

create view rootcx.users with (security_barrier) as
select id, email, display_name from users where not is_system;

grant usage on schema rootcx to rootcx_apps;
grant select on rootcx.users to rootcx_apps;

-- Apps can't name what is in this schema anyway; they may not use it either, should that change. A trigger that is attached needs no such right.
revoke execute on all functions in schema rootcx_system from public;
alter default privileges revoke execute on functions from public;

-- Databases that were made by servers before 15 let everybody create things in there. It is the database's owner who can change that.
do $$ begin
  revoke create on schema public from public;
exception when insufficient_privilege or invalid_schema_name then
  null;
end $$;

-- The elements of a JSON array as text, and anything else as the only element: for columns that become arrays, where a subquery can't stand.
create function json_elements(value jsonb) returns text[] language sql immutable strict set search_path = pg_catalog, pg_temp as $$
  select case jsonb_typeof(value)
    when 'array' then array(select element from jsonb_array_elements_text(value) with ordinality as e (element, position) order by position)
    when 'null' then null
    else array[value #>> '{}']
  end
$$;
