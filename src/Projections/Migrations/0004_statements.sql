-- Statement totals, which are rolled up after the fact, and the side tables in which views are made anew.

-- What an event changes a balance by, and in which asset; null where it changes none. Entry.cs says the same.
create function entry_amount(data jsonb) returns bigint language sql immutable parallel safe as $$
    select coalesce(
        (data ->> 'amount')::bigint,
        (data ->> 'amount_omr')::bigint * 1000000 + (data ->> 'amount_micro_omr')::bigint)
$$;

create function entry_asset(data jsonb) returns text language sql immutable parallel safe as $$
    select coalesce(data ->> 'asset', case when data ? 'amount_omr' then 'OMR/6' end)
$$;

-- Every event as an entry; its amount is null where it changes no balance.
create view entries as
select
    seq_id as position,
    stream_id as customer_id,
    entry_asset(data) as asset,
    entry_amount(data) as amount,
    (timestamp at time zone 'UTC')::date as day,
    coalesce(data ->> 'model', '') as model,
    type as kind,
    coalesce((data ->> 'tokens_used')::bigint, 0) as tokens_used,
    coalesce((data ->> 'prompt_tokens')::bigint, 0) as prompt_tokens,
    coalesce((data ->> 'completion_tokens')::bigint, 0) as completion_tokens,
    coalesce((data ->> 'cached_tokens')::bigint, 0) as cached_tokens,
    coalesce((data ->> 'reasoning_tokens')::bigint, 0) as reasoning_tokens
from mt_events;

-- Totals of the events up to the checkpoint 'statement_totals'. The sums have no bound of their own: one customer's
-- sum outside 64 bits fails when it is read, and not the roll-up of everybody's.
create table statement_totals (
    customer_id       varchar not null,
    asset             varchar not null,
    day               date    not null,
    model             varchar not null,
    kind              varchar not null,
    amount            numeric not null,
    entries           bigint  not null,
    tokens_used       numeric not null,
    prompt_tokens     numeric not null,
    completion_tokens numeric not null,
    cached_tokens     numeric not null,
    reasoning_tokens  numeric not null
);

-- The model by its digest: a customer's and a model's name may be too long for one index row together.
create unique index statement_totals_key on statement_totals (customer_id, asset, day, kind, md5(model));

insert into mt_event_progression (name, last_seq_id) values ('statement_totals', 0);

-- From a time to the position that was the newest then.
create index blocks_recorded_at on blocks (recorded_at, number);

create function position_before(moment timestamptz) returns bigint language sql stable as $$
    select coalesce(
        (select first_position + positions - 1 from blocks where recorded_at < moment
            order by recorded_at desc, number desc limit 1),
        0)
$$;

-- A rebuild that has begun. Its number grows with each process that takes it up, and shuts the ones before it out.
create table rebuilds (
    side_table varchar     not null primary key,
    run        bigint      not null,
    begun_at   timestamptz not null
);

-- The positions whose events are in a side table: those after the first, up to the last.
create table rebuilt_slices (
    side_table varchar not null,
    after      bigint  not null,
    last       bigint  not null check (last > after),
    primary key (side_table, after)
);

-- Side tables hold a row for each slice and key, written once and never changed.
create table balances_by_sql (
    customer_id varchar not null,
    asset       varchar not null,
    balance     numeric not null,
    entries     bigint  not null,
    position    bigint  not null
);

create table balances_by_fold (like balances_by_sql including all);
create table statements_by_sql (like statement_totals including defaults);
create table statements_by_fold (like statement_totals including defaults);

-- What the last rebuild found: what the live table has, and what the events give. Null stands for no row.
create table balances_differences (
    customer_id      varchar not null,
    asset            varchar not null,
    balance          bigint,
    entries          bigint,
    position         bigint,
    rebuilt_balance  numeric,
    rebuilt_entries  bigint,
    rebuilt_position bigint
);

create table statements_differences (
    customer_id varchar not null,
    asset       varchar not null,
    day         date    not null,
    model       varchar not null,
    kind        varchar not null,
    has         numeric[],
    gives       numeric[]
);
