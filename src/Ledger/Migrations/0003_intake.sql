-- What can't be an event yet, or ever: kept as it came, once for each message of the stream. The time at which the
-- broker stored the message tells it from another one with its sequence in a stream that was made anew.

create table dead_letters (
    id              bigint      generated always as identity primary key,
    received_at     timestamptz not null default now(),
    reason          text        not null,
    body            bytea       not null,
    published_at    timestamptz not null,
    stream_sequence bigint      not null,
    unique (published_at, stream_sequence)
);

create table waiting (
    published_at    timestamptz not null,
    stream_sequence bigint      not null,
    customer_id     varchar     not null,
    body            bytea       not null,
    received_at     timestamptz not null default now(),
    attempts        int         not null default 0,
    next_attempt_at timestamptz not null,
    primary key (published_at, stream_sequence)
);

create index waiting_customer_id on waiting (customer_id);
create index waiting_next_attempt_at on waiting (next_attempt_at);
