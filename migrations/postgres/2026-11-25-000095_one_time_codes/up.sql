-- The secret behind somebody's one-time codes, encrypted. It counts once they have shown a code made with it.
CREATE TABLE one_time_secrets (
    user_id uuid PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    secret text NOT NULL,
    begun_at timestamptz NOT NULL,
    confirmed_at timestamptz,
    last_step bigint NOT NULL
);

-- What opens an account once where the device with the secret is lost.
CREATE TABLE recovery_codes (
    code_hash text PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    used_at timestamptz
);
CREATE INDEX recovery_codes_by_user ON recovery_codes (user_id);
