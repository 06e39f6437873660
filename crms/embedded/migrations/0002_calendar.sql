-- Series: the zone in which days and hours of a series count.
ALTER TABLE recurringappointmentmaster ADD COLUMN "earmark_timezone" TEXT COLLATE NOCASE;

-- Whether a completed or cancelled row was closed by the synchronization itself. What a person
-- closed takes no change from a mailbox; what the mailbox closed, the mailbox may open again.
ALTER TABLE appointment ADD COLUMN closed_by_service INTEGER;
ALTER TABLE recurringappointmentmaster ADD COLUMN closed_by_service INTEGER;
ALTER TABLE task ADD COLUMN closed_by_service INTEGER;

-- A deletion that only followed from that of another row, of a row that no item was linked to.
ALTER TABLE change_log ADD COLUMN cascaded INTEGER;

CREATE INDEX appointment_occurrence ON appointment (globalobjectid, originalstartdate) WHERE globalobjectid IS NOT NULL;
CREATE INDEX appointment_series ON appointment (seriesid) WHERE seriesid IS NOT NULL;
CREATE INDEX recurringappointmentmaster_object ON recurringappointmentmaster (globalobjectid) WHERE globalobjectid IS NOT NULL;
CREATE INDEX recurringappointmentmaster_next ON recurringappointmentmaster (nextexpansioninstancedate) WHERE nextexpansioninstancedate IS NOT NULL;
