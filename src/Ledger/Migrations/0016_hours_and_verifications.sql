-- The hour in which the response of what waits, or could not be booked, ended.
alter table waiting add hour timestamptz;
alter table dead_letters add hour timestamptz;

-- What came of each check of the whole ledger.
create table verifications (
    id          bigint      generated always as identity primary key,
    finished_at timestamptz not null default now(),
    position    bigint      not null,
    finding     text
);
