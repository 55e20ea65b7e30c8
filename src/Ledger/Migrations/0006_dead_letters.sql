-- What became of a dead letter, and which producer sent it: an operator books or discards each one once.

alter table dead_letters
    add source     varchar,
    add settlement text check (settlement in ('booked', 'discarded')),
    add settled_at timestamptz,
    add settled_by text,
    add event_id   uuid,
    add note       text,
    add check ((settlement is null) = (settled_at is null));

create index dead_letters_open on dead_letters (id) where settlement is null;
