DROP TABLE person_erasures;
DROP TABLE person_holds;
