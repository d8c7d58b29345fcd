ALTER TABLE plans DROP COLUMN overrides;
ALTER TABLE plans DROP COLUMN not_named;
ALTER TABLE consultations DROP COLUMN authority_consulted_on;
ALTER TABLE representations DROP COLUMN requested_setting_id;
ALTER TABLE organisations DROP COLUMN maintained_by;
ALTER TABLE organisations DROP COLUMN setting_kind;
ALTER TABLE organisations DROP COLUMN setting_type;
