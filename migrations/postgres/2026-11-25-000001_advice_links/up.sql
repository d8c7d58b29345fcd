CREATE TABLE advice_links (
    id uuid PRIMARY KEY,
    advice_request_id uuid NOT NULL REFERENCES advice_requests (id) ON DELETE CASCADE,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    mailed_to text NOT NULL,
    token_hash text NOT NULL,
    created_by uuid REFERENCES users (id),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    spent_at timestamptz,
    revoked_at timestamptz
);
CREATE UNIQUE INDEX advice_links_by_token ON advice_links (token_hash);
CREATE INDEX advice_links_by_request ON advice_links (advice_request_id, id);

-- A reading is by a user or through a secure link.
ALTER TABLE access_records ALTER COLUMN user_id DROP NOT NULL;
ALTER TABLE access_records ADD COLUMN link_id uuid;
ALTER TABLE access_records ADD CHECK ((user_id IS NULL) <> (link_id IS NULL));
CREATE INDEX access_records_by_link ON access_records (link_id, sequence) WHERE link_id IS NOT NULL;
