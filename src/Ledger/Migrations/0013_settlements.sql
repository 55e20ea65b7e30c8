-- What operators made of dead letters, beside them: both are written once, so that nobody needs to change either.

create table dead_letter_settlements (
    dead_letter bigint      not null primary key references dead_letters,
    settlement  text        not null check (settlement in ('booked', 'discarded')),
    settled_at  timestamptz not null default now(),
    settled_by  text,
    event_id    uuid,
    note        text
);

insert into dead_letter_settlements (dead_letter, settlement, settled_at, settled_by, event_id, note)
select id, settlement, settled_at, settled_by, event_id, note from dead_letters where settlement is not null;

-- Takes both indexes with it: the open ones', and the one on sequences.
alter table dead_letters
    drop settlement, drop settled_at, drop settled_by, drop event_id, drop note;

create index dead_letters_sequence on dead_letters (source, epoch, sequence) where sequence is not null;

-- Every dead letter with what became of it.
create view dead_letter_fates as
select id, received_at, reason, body, published_at, stream_sequence, source, epoch, sequence,
    coalesce(settlement, 'open') as status, settled_at, settled_by, event_id, note
from dead_letters left join dead_letter_settlements on dead_letter = id;
