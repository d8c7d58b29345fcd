DROP TABLE council_tokens;
DROP TABLE council_identities;
