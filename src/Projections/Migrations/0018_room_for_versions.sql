-- A row that is changed several times a second needs room on its page for the versions that readers still hold: without
-- it each change writes an index entry as well. Where few are changed at once, the room stays unused.
alter table mt_streams set (fillfactor = 50);
alter table balances set (fillfactor = 50);
alter table statement_totals set (fillfactor = 50);
