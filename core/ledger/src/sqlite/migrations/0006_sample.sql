-- Rows as version 6 stored them; later migrations are tested on top of these.
UPDATE mailbox_memory SET accepts_since = 1700, arrived_until = 1800, watermark = 1750, watermark_at = 1900;
