-- Who appends without owning the tables has their owner make the next partition.

do $$ begin
    -- The path is the caller's otherwise, who could put another table under a name that the function uses.
    execute format(
        'alter function create_event_partition(bigint) security definer set search_path = %I, pg_temp',
        current_schema());
end $$;

revoke execute on function create_event_partition(bigint) from public;
