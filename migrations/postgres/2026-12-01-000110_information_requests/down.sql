DELETE FROM messages WHERE information_request_id IS NOT NULL;
DROP INDEX messages_by_information_request;
ALTER TABLE messages DROP COLUMN information_request_id;
DROP TABLE information_requests;
