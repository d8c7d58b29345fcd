DROP INDEX deadlines_of_refusals;
DROP INDEX advice_requests_by_status;
