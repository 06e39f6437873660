UPDATE mailbox_memory SET delegates = '22222222-2222-4222-8222-222222222222', delegates_read = 1900,
    delegate_differs = 1;
