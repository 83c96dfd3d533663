create table users (
  id uuid primary key default gen_random_uuid(),
  email text not null,
  display_name text,
  password_hash text,
  is_system boolean not null default false,
  created_at timestamptz not null default now()
);

-- Sign-in ignores the case of the e-mail.
create unique index users_email on users (lower(email));

insert into users (id, email, display_name, is_system)
values ('00000000-0000-0000-0000-000000000001', 'system@localhost', 'System', true);

create table sessions (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references users on delete cascade,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null
);

create index sessions_user on sessions (user_id);
create index sessions_expiry on sessions (expires_at);

create table rbac_roles (
  name text primary key,
  description text,
  inherits text[] not null default '{}',
  permissions text[] not null default '{}'
);

insert into rbac_roles (name, description, permissions)
values ('admin', 'Instance administrator', '{*}');

create table rbac_assignments (
  user_id uuid not null references users on delete cascade,
  role text not null,
  assigned_at timestamptz not null default now(),
  primary key (user_id, role)
);
