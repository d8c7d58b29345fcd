DROP TABLE suggestion_answers;
DROP TABLE exceptions;
DROP TABLE advice_submissions;
DROP TABLE advice_shared_documents;
DROP TABLE advice_requests;
