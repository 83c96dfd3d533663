-- Who assigned the role: a person if null, else the external issuer of this name, which may take it away again.
alter table rbac_assignments add column source text;

-- Which account belongs to whom at an external issuer, and what the newest token said that was seen.
create table external_identities (
  issuer text not null,
  subject text not null,
  user_id uuid not null references users on delete cascade,
  issued_at timestamptz not null default 'epoch',
  email text,
  display_name text,
  -- Those that were assigned for it, under the issuer's name at that time.
  roles text[] not null default '{}',
  source text,
  created_at timestamptz not null default now(),
  primary key (issuer, subject)
);

create index external_identities_user on external_identities (user_id);
