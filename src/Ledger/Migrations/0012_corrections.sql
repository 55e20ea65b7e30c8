-- From a charge to its corrections, which a reversal has to know of. All other events stay out of it.
create index mt_events_corrects on mt_events ((data ->> 'corrects')) where type = 'usage_corrected';
