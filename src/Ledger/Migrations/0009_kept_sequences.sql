-- What waits, or could not be booked, did come: the number that its producer gave it is kept beside it.

alter table waiting add source varchar, add epoch varchar, add sequence bigint;
alter table dead_letters add epoch varchar, add sequence bigint;

create index waiting_sequence on waiting (source, epoch, sequence) where sequence is not null;
create index dead_letters_sequence on dead_letters (source, epoch, sequence)
    where sequence is not null and event_id is null;
