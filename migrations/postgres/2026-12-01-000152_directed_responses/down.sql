ALTER TABLE mediations DROP COLUMN adviser_told_on;
ALTER TABLE appeals DROP COLUMN directed_on;
ALTER TABLE appeals DROP COLUMN respond_by;
