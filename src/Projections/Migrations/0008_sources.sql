-- A producer counts its envelopes without gaps, within each of its lives (epochs): what is missing never came.
create table source_sequences (
    source    varchar        not null,
    epoch     varchar        not null,
    seen      int8multirange not null,
    last_at   timestamptz    not null,
    -- It doesn't count as producers should: what is missing is no longer told apart.
    is_sparse boolean        not null default false,
    primary key (source, epoch)
);

create table source_gaps (
    source   varchar     not null,
    epoch    varchar     not null,
    first    bigint      not null,
    last     bigint      not null,
    found_at timestamptz not null,
    primary key (source, epoch, first, last)
);

insert into mt_event_progression (name, last_seq_id) values ('source_sequences', 0);
