DROP INDEX advice_requests_by_day;
DROP INDEX deadlines_open_by_due;
DROP INDEX cases_open_by_caseworker;
DROP TABLE case_figures;
