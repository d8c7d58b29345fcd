-- The day to respond to an appeal that the Tribunal directed, with the day of the direction; and the day on which the mediation
-- adviser was told that mediation cannot be arranged.
ALTER TABLE appeals ADD COLUMN respond_by TEXT;
ALTER TABLE appeals ADD COLUMN directed_on TEXT;
ALTER TABLE mediations ADD COLUMN adviser_told_on TEXT;
