-- What became of each producer's envelopes, by the hour in which their responses ended. What is wrong in an hour stays
-- visible when the next one is right.

create table source_hours (
    source varchar     not null,
    hour   timestamptz not null,
    booked bigint      not null,
    primary key (source, hour)
);

-- Sequences of envelopes that were booked before when they came. Those that an event has are copies of its envelope,
-- and are left out; the others are envelopes of their own that said the same as another one.
create table source_repeats (
    source    varchar        not null,
    epoch     varchar        not null,
    hour      timestamptz    not null,
    sequences int8multirange not null
);

create index source_repeats_epoch on source_repeats (source, epoch);

-- What producers say themselves of their hours; each of their spools counts on its own.
create table source_reports (
    source     varchar     not null,
    hour       timestamptz not null,
    spool      uuid        not null,
    observed   bigint      not null,
    published  bigint      not null,
    spooled    bigint      not null,
    refused    bigint      not null,
    lost       bigint      not null,
    changed_at timestamptz not null default now(),
    primary key (source, hour, spool)
);

-- Hours are counted from the first event on; what was seen before is seen again, which changes nothing.
update mt_event_progression set last_seq_id = 0 where name = 'source_sequences';
