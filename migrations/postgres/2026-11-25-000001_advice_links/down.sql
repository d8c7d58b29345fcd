-- Readings through links can't be told without the table of links.
DELETE FROM access_records WHERE user_id IS NULL;
ALTER TABLE access_records DROP COLUMN link_id;
ALTER TABLE access_records ALTER COLUMN user_id SET NOT NULL;

DROP TABLE advice_links;
