DROP TABLE closures;
DROP TABLE bank_holidays;
