-- What can't be an event yet, or ever: kept as it came, once for each message of the stream.

create table dead_letters (
    id              bigint      generated always as identity primary key,
    received_at     timestamptz not null default now(),
    reason          text        not null,
    body            bytea       not null,
    stream_created  timestamptz not null,
    stream_sequence bigint      not null,
    unique (stream_created, stream_sequence)
);

create table waiting (
    stream_created  timestamptz not null,
    stream_sequence bigint      not null,
    customer_id     varchar     not null,
    body            bytea       not null,
    received_at     timestamptz not null default now(),
    attempts        int         not null default 0,
    next_attempt_at timestamptz not null,
    primary key (stream_created, stream_sequence)
);

create index waiting_customer_id on waiting (customer_id);
create index waiting_next_attempt_at on waiting (next_attempt_at);
