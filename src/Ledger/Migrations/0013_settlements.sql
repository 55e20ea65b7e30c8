-- What operators made of dead letters, beside them: both are written once, so that nobody needs to change either.

create table dead_letter_settlements (
    dead_letter bigint      not null references dead_letters,
    settlement  text        not null check (settlement in ('booked', 'discarded')),
    settled_at  timestamptz not null default now(),
    settled_by  text,
    event_id    uuid,
    note        text,
    primary key (dead_letter, settlement)
);

insert into dead_letter_settlements (dead_letter, settlement, settled_at, settled_by, event_id, note)
select id, settlement, settled_at, settled_by, event_id, note from dead_letters where settlement is not null;

-- Takes both indexes with it: the open ones', and the one on sequences.
alter table dead_letters
    drop settlement, drop settled_at, drop settled_by, drop event_id, drop note;

create index dead_letters_sequence on dead_letters (source, epoch, sequence) where sequence is not null;

-- Every dead letter with what became of it. Booked is booked, though somebody had given it up meanwhile.
create view dead_letter_fates as
select id, received_at, reason, body, published_at, stream_sequence, source, epoch, sequence,
    coalesce(booked.settlement, discarded.settlement, 'open') as status,
    coalesce(booked.settled_at, discarded.settled_at) as settled_at,
    case when booked.dead_letter is null then discarded.settled_by else booked.settled_by end as settled_by,
    booked.event_id,
    case when booked.dead_letter is null then discarded.note end as note
from dead_letters
left join dead_letter_settlements as booked on booked.dead_letter = id and booked.settlement = 'booked'
left join dead_letter_settlements as discarded on discarded.dead_letter = id and discarded.settlement = 'discarded';
