UPDATE link SET synced_fields = 'subject 1 2', crm_edits = 2, merged_edits = 1, edit_answer = 1, edit_held = 1;
