-- The image that an app is shown with, as it was in the version that was deployed last; its bytes are in blob storage.
alter table apps
  add column icon uuid,
  add column icon_type text;
