-- Rows as version 4 stored them; later migrations are tested on top of these.
INSERT INTO expected_copy (unit, hash, source_key, direction, activity, origin, origin_handle,
    opened_at, looked_at, closed_at, outcome) VALUES
    (2, 7, 'c@example.com', 'incoming', x'33333333333333333333333333333333', 2, 'AAMk-1', 1900,
     1950, NULL, NULL),
    (2, 8, 'd@example.com', '', x'33333333333333333333333333333333', 2, 'AAMk-1', 1900, 1950, 2000,
     'not_found');
