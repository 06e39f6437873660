INSERT INTO clock (id, seen) VALUES (1, 1900);
