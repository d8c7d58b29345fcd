-- Addresses that refused mail for good, in lower case.
CREATE TABLE bounces (
    address text PRIMARY KEY,
    refused integer NOT NULL,
    last_message_id uuid NOT NULL,
    last_answer text NOT NULL,
    last_refused_at timestamptz NOT NULL
);
ALTER TABLE messages ADD COLUMN insisted boolean NOT NULL DEFAULT false;
