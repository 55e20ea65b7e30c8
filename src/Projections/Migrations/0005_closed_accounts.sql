-- Accounts that an operator has closed: what is still charged to them is marked.

alter table accounts add column is_closed boolean not null default false;
