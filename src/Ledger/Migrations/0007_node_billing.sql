-- Node billing: which rail has carried a node's record, what was read from the forge, and what an operator must see.

-- Both rails may carry the same record, which is booked once. content is the fingerprint of all that the rail said.
create table node_sightings (
    event_id uuid        not null,
    rail     text        not null,
    content  bigint      not null,
    place    text,
    seen_at  timestamptz not null default now(),
    primary key (event_id, rail)
);

create index node_sightings_place on node_sightings (place) where place is not null;

-- What was read to its end: files and folders by git's ids, and under no folder and name the commit.
create table forge_objects (
    repository text not null,
    folder     text not null,
    name       text not null,
    object_id  text not null,
    primary key (repository, folder, name)
);

create table node_alarms (
    id        bigint      generated always as identity primary key,
    raised_at timestamptz not null default now(),
    kind      text        not null,
    place     text        not null,
    detail    text        not null
);

-- The detail by its digest: it may be too long for an index row.
create unique index node_alarms_key on node_alarms (kind, place, md5(detail));
