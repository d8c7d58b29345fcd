DROP INDEX decisions_of_case;
