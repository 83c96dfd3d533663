-- What the packages of a version without a lock file came to when it was first installed, as bun.lock; null if it has one, or no packages, or was installed before.
alter table deployments add column lock_file text;
