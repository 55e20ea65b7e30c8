-- The inline views: what each customer's amounts add up to, and whose account it is.

create table balances (
    customer_id varchar not null,
    asset       varchar not null,
    balance     bigint  not null,
    entries     bigint  not null,
    position    bigint  not null,
    primary key (customer_id, asset)
) with (fillfactor = 70);

create table accounts (
    customer_id varchar not null primary key,
    tenant_id   varchar not null
);
