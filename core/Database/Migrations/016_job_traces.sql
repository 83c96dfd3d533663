-- The trace that a job was enqueued in, as in the header traceparent; null outside one that is recorded.
alter table jobs add column trace text;
