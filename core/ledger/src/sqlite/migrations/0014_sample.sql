UPDATE link SET reason = 'refused_for_good' WHERE state = 'not_tracked';
