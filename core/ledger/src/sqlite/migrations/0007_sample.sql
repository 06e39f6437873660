UPDATE held SET released_at = 1800 WHERE handle = 'AAMk-1';
