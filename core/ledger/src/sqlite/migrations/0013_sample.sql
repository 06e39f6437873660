UPDATE link SET record_modified = 1772442000000;
UPDATE unit SET comparisons = 2, compared = 1;
