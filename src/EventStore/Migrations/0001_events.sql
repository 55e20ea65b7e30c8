-- Streams and events as Marten 9 lays them out, and the blocks that make them provable.

create table mt_streams (
    id          varchar     not null constraint pkey_mt_streams_id primary key,
    type        varchar,
    version     bigint,
    timestamp   timestamptz not null default now(),
    created     timestamptz not null default now(),
    tenant_id   varchar     default '*DEFAULT*',
    is_archived boolean     default false
) with (fillfactor = 70);

-- No foreign key to mt_streams: the append holds the stream's row, and a look-up for each event costs more.
create table mt_events (
    seq_id         bigint       not null constraint pkey_mt_events_seq_id primary key,
    id             uuid         not null,
    stream_id      varchar      not null,
    version        bigint       not null,
    data           jsonb        not null,
    bdata          bytea,
    type           varchar(500) not null,
    timestamp      timestamptz  not null,
    tenant_id      varchar      default '*DEFAULT*',
    mt_dotnet_type varchar,
    is_archived    boolean      default false,
    correlation_id varchar,
    causation_id   varchar,
    headers        jsonb
) partition by range (seq_id);

create sequence mt_events_sequence owned by mt_events.seq_id;

create table mt_event_progression (
    name         varchar     not null constraint pk_mt_event_progression primary key,
    last_seq_id  bigint,
    last_updated timestamptz default transaction_timestamp()
);

insert into mt_event_progression (name, last_seq_id) values ('HighWaterMark', 0);

-- One row for each event ever stored: what makes its id a permanent idempotency key, and finds it by id.
-- fingerprint tells a repetition from other content; digest begins the event's leaf hash, to name a changed event.
create table event_ids (
    id          uuid   not null primary key,
    position    bigint not null,
    fingerprint bigint not null,
    digest      bigint not null
);

-- One row for each commit. A void block, without a root, covers positions whose transactions failed.
create table blocks (
    number         bigint      not null primary key,
    first_position bigint      not null,
    positions      bigint      not null check (positions > 0),
    recorded_at    timestamptz not null,
    root           bytea       check (octet_length(root) = 32),
    hash           bytea       not null check (octet_length(hash) = 32)
);

-- The newest block. Who reads it sees every position up to it.
create table head (
    only_row    boolean     not null primary key default true check (only_row),
    ticket      bigint      not null,
    block       bigint      not null,
    position    bigint      not null,
    recorded_at timestamptz not null,
    hash        bytea       not null
);

insert into head (ticket, block, position, recorded_at, hash)
values (0, 0, 0, 'epoch', decode(repeat('00', 32), 'hex'));

-- Appends in the order in which they drew their positions; and the newest block time, in microseconds.
create sequence append_tickets;
create sequence block_clock;

-- Draws `positions` consecutive positions and their time for the running transaction, which holds all its row locks
-- by now. Until it ends, later transactions wait for the ticket's lock before they seal.
create function reserve_positions(positions bigint, out ticket bigint, out first bigint, out time_us bigint)
language plpgsql as $$
declare
    drawing constant bigint := 7000000000000000001;
    ticket_locks constant bigint := 7100000000000000000;
begin
    -- A lock of the session, because it has to end before the transaction does.
    perform pg_advisory_lock(drawing);
    begin
        ticket := nextval('append_tickets');
        perform pg_advisory_xact_lock(ticket_locks + ticket);
        first := nextval('mt_events_sequence');
        if positions > 1 then
            perform setval('mt_events_sequence', first + positions - 1);
        end if;
        time_us := greatest(nextval('block_clock'), (extract(epoch from clock_timestamp()) * 1000000)::bigint);
        perform setval('block_clock', time_us);
    exception when query_canceled or others then
        perform pg_advisory_unlock(drawing);
        raise;
    end;
    perform pg_advisory_unlock(drawing);
    perform set_config('eventledger.ticket', ticket::text, true);
end $$;

-- The hash of a block: each field preceded by its length in four bytes, big-endian.
create function block_hash(previous bytea, number bigint, first bigint, positions bigint, time_us bigint, root bytea)
returns bytea language sql immutable as $$
    select sha256(
        int4send(octet_length(previous)) || previous
        || int4send(8) || int8send(number)
        || int4send(8) || int8send(first)
        || int4send(8) || int8send(positions)
        || int4send(8) || int8send(time_us)
        || int4send(octet_length(coalesce(root, ''))) || coalesce(root, ''))
$$;

-- Links the transaction's events to the chain, after every transaction with a lower ticket has ended.
create function seal_block(own_ticket bigint, first bigint, count bigint, time_us bigint, own_root bytea)
returns bigint language plpgsql as $$
declare
    ticket_locks constant bigint := 7100000000000000000;
    own_time constant timestamptz := 'epoch'::timestamptz + time_us * interval '1 microsecond';
    waited bigint;
    h head;
begin
    select ticket into waited from head;
    while waited < own_ticket - 1 loop
        waited := waited + 1;
        perform pg_advisory_lock_shared(ticket_locks + waited);
        perform pg_advisory_unlock_shared(ticket_locks + waited);
    end loop;

    select * into strict h from head for update;
    if h.position >= first or h.ticket >= own_ticket then
        raise exception 'position % is taken: the ledger is at %', first, h.position using errcode = 'EL002';
    end if;

    if h.position < first - 1 then
        h.block := h.block + 1;
        h.hash := block_hash(h.hash, h.block, h.position + 1, first - 1 - h.position, time_us, null);
        insert into blocks (number, first_position, positions, recorded_at, root, hash)
        values (h.block, h.position + 1, first - 1 - h.position, own_time, null, h.hash);
    end if;

    h.block := h.block + 1;
    h.hash := block_hash(h.hash, h.block, first, count, time_us, own_root);
    insert into blocks (number, first_position, positions, recorded_at, root, hash)
    values (h.block, first, count, own_time, own_root, h.hash);
    update head set ticket = own_ticket, block = h.block, position = first + count - 1,
        recorded_at = own_time, hash = h.hash;
    update mt_event_progression set last_seq_id = first + count - 1, last_updated = own_time
    where name = 'HighWaterMark';
    return h.block;
end $$;

-- Events come in through the append alone: anything else would leave the chain and the balances behind.
create function refuse_foreign_insert() returns trigger language plpgsql as $$
begin
    if coalesce(current_setting('eventledger.ticket', true), '') = '' then
        raise exception 'mt_events takes events from EventLedger''s append only'
            using errcode = 'EL001', hint = 'Send an envelope to the broker or to the ledger''s HTTP API instead.';
    end if;
    return null;
end $$;

create trigger refuse_foreign_insert before insert on mt_events
for each statement execute function refuse_foreign_insert();

-- Partitions of a million positions each. The first takes everything below, so that no position is without a home.
create function create_event_partition(slot bigint) returns void language plpgsql as $$
declare
    size constant bigint := 1000000;
    partition constant text := 'mt_events_' || to_char(slot, 'FM000000');
    lower constant text := case when slot = 0 then 'minvalue' else (slot * size + 1)::text end;
begin
    -- Two processes may reach the end of a partition at the same moment.
    perform pg_advisory_xact_lock(7000000000000000002);
    if to_regclass(partition) is not null then
        return;
    end if;
    execute format('create table %I (like mt_events including defaults including constraints)', partition);
    execute format('create unique index %I on %I (stream_id, version)', partition || '_stream_and_version', partition);
    execute format('create trigger refuse_foreign_insert before insert on %I '
        'for each statement execute function refuse_foreign_insert()', partition);
    execute format('alter table mt_events attach partition %I for values from (%s) to (%s)',
        partition, lower, (slot + 1) * size + 1);
end $$;

select create_event_partition(slot) from generate_series(0, 2) as slot;
