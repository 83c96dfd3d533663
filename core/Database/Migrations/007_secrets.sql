-- A scope is an app's id, or _platform: one data key, under which all values of the scope are encrypted.
create table secret_scopes (
  scope text primary key,
  -- The data key, encrypted (AES-256-GCM, the tag at the end) under the master key with this id.
  master_key_id text not null,
  nonce bytea not null,
  wrapped_key bytea not null,
  -- Grows with each change of a value; a worker that was started with an older one is to be replaced.
  revision bigint not null default 0
);

create table secrets (
  scope text not null references secret_scopes on delete cascade,
  name text not null,
  nonce bytea not null,
  ciphertext bytea not null,
  updated_at timestamptz not null default now(),
  primary key (scope, name)
);
