-- Hours are asked for by time, over all producers: not all that there ever were are to be read for it.
create index source_hours_hour on source_hours (hour);
create index source_reports_hour on source_reports (hour);
create index source_repeats_hour on source_repeats (hour);
