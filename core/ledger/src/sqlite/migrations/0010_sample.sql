UPDATE mailbox_memory SET stamp_read = 1950, stamp_anothers = 1, tested_at = 1960,
    test_incoming = 'another_organization', test_act = 'another_organization';
