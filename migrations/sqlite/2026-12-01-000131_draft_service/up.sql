-- How a draft was sent and what its notice told, and what the integrated care board said of section G.
ALTER TABLE plans ADD COLUMN sent_by TEXT CHECK (sent_by IN ('email', 'portal', 'post', 'by_hand'));
ALTER TABLE plans ADD COLUMN draft_notice TEXT;
ALTER TABLE plans ADD COLUMN health_agreement TEXT;
