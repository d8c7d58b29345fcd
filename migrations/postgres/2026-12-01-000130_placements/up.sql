-- What section I says of a setting, and what kind of section 38(3) it is.
ALTER TABLE organisations ADD COLUMN setting_type text;
ALTER TABLE organisations ADD COLUMN setting_kind text CHECK (setting_kind IN ('maintained_school', 'maintained_nursery', 'academy', 'further_education', 'non_maintained_special', 'section_41', 'independent'));
ALTER TABLE organisations ADD COLUMN maintained_by text;

-- Which setting the family asks for, where it is one that is known here.
ALTER TABLE representations ADD COLUMN requested_setting_id uuid REFERENCES organisations (id);

-- The day on which another authority that maintains the setting was consulted.
ALTER TABLE consultations ADD COLUMN authority_consulted_on date;

-- Why a setting that the family asked for is not named, and what a manager overrode.
ALTER TABLE plans ADD COLUMN not_named jsonb;
ALTER TABLE plans ADD COLUMN overrides jsonb;
