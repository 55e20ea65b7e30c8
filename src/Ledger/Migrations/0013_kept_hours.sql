-- The hour in which the response of what waits, or could not be booked, ended.

alter table waiting add hour timestamptz;
alter table dead_letters add hour timestamptz;
