DROP TABLE mail_troubles;
DROP TABLE job_marks;
