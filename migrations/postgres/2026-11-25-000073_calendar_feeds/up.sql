-- Private calendar addresses. Of the token only its digest is kept.
CREATE TABLE calendar_feeds (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id),
    scope text NOT NULL CHECK (scope IN ('caseworker', 'team', 'organisation')),
    caseworker_ids jsonb NOT NULL,
    organisation_id uuid REFERENCES organisations (id),
    token_hash text NOT NULL,
    created_at timestamptz NOT NULL,
    revoked_at timestamptz,
    content_hash text,
    changed_at timestamptz
);
CREATE UNIQUE INDEX calendar_feeds_by_token ON calendar_feeds (token_hash);
CREATE INDEX calendar_feeds_by_user ON calendar_feeds (user_id, id);
