DROP TABLE report_snapshots;
DROP TABLE benchmarks;
