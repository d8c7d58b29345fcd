DROP TABLE report_snapshots;
DROP FUNCTION keep_report_snapshots();
DROP TABLE benchmarks;
