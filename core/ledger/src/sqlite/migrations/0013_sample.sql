UPDATE link SET record_modified = 1772442000000, edit_guessed = 1;
UPDATE unit SET comparisons = 2, compared = 1;
