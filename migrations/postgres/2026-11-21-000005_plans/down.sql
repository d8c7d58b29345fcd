DROP TABLE plan_sections;
DROP TABLE representations;
DROP TABLE plans;
