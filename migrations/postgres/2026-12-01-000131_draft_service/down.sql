ALTER TABLE plans DROP COLUMN health_agreement;
ALTER TABLE plans DROP COLUMN draft_notice;
ALTER TABLE plans DROP COLUMN sent_by;
