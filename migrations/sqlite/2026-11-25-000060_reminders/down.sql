DROP INDEX decisions_by_outcome;
DROP INDEX advice_requests_by_status;
