-- Reading: streams at a past position, usage by the day on which it was used, and accounts in order.

-- The version that a customer's stream had reached at a position; 0 before its first event.
create function version_at(customer varchar, asked bigint) returns bigint language plpgsql stable as $$
declare
    low bigint := 0;
    low_position bigint := 0;
    beyond bigint;
    beyond_position bigint;
    middle bigint;
    found_position bigint;
begin
    select version + 1 into beyond from mt_streams where id = customer;
    select position + 1 into beyond_position from head;
    -- Versions and positions grow together. The known positions keep partitions on either side out of it.
    while beyond - low > 1 loop
        middle := (low + beyond) / 2;
        select seq_id into found_position from mt_events
        where stream_id = customer and version = middle and seq_id > low_position and seq_id < beyond_position;
        if found_position <= asked then
            low := middle;
            low_position := found_position;
        else
            beyond := middle;
            beyond_position := coalesce(found_position, beyond_position);
        end if;
    end loop;
    return low;
end $$;

-- Whether an entry is usage, or undoes some; an old row is where it takes. Entry.cs says the same.
create function entry_is_usage(type varchar, data jsonb) returns boolean language sql immutable parallel safe as $$
    select case coalesce(data ->> 'reversed_type', type)
        when 'usage_recorded' then true
        when 'usage_corrected' then true
        when 'legacy_entry_imported' then
            case when type = 'usage_reversed' then entry_amount(data) > 0 else entry_amount(data) < 0 end
        else false
    end
$$;

-- Two columns more: the day on which what an entry is of was used, and whether it is usage.
create or replace view entries as
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
    coalesce((data ->> 'reasoning_tokens')::bigint, 0) as reasoning_tokens,
    coalesce(
        left(coalesce(data ->> 'completed_at', data ->> 'created_at'), 10)::date,
        (timestamp at time zone 'UTC')::date) as used_on,
    entry_is_usage(type, data) as is_usage
from mt_events;

-- Totals by these columns too are made again from the events, from the first on.
truncate statement_totals, statements_by_sql, statements_by_fold, statements_differences;
delete from rebuilt_slices where side_table in ('statements_by_sql', 'statements_by_fold');
delete from rebuilds where side_table in ('statements_by_sql', 'statements_by_fold');
update mt_event_progression set last_seq_id = 0 where name = 'statement_totals';

alter table statement_totals add used_on date not null, add is_usage boolean not null;
alter table statements_by_sql add used_on date not null, add is_usage boolean not null;
alter table statements_by_fold add used_on date not null, add is_usage boolean not null;
alter table statements_differences add used_on date not null, add is_usage boolean not null;

drop index statement_totals_key;
create unique index statement_totals_key
on statement_totals (customer_id, asset, day, kind, md5(model), used_on, is_usage);
create index statement_totals_usage on statement_totals (asset, used_on) where is_usage;

-- Accounts by id, all or a tenant's. Balances have no such index: every charge would have to move in it.
create index accounts_by_id on accounts (customer_id collate "C");
create index accounts_by_tenant on accounts (tenant_id, customer_id collate "C");
