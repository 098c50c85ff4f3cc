from psycopg import Connection as PsycopgConnection
from psycopg import OperationalError, sql
from psycopg_pool import ConnectionPool

from app.model import DIMENSIONS

Connection = PsycopgConnection[tuple[object, ...]]
Pool = ConnectionPool[Connection]

SCHEMA_LOCK = 7_205_301
SCHEMA = sql.SQL("""
create extension if not exists vector;
create table if not exists documents (
    id uuid primary key,
    title text not null,
    text text not null,
    status text not null default 'waiting' check (status in ('waiting', 'ready', 'failed')),
    error text,
    created_at timestamptz not null default now()
);
create index if not exists documents_waiting on documents (created_at) where status = 'waiting';
create table if not exists chunks (
    document_id uuid not null references documents on delete cascade,
    position integer not null,
    text text not null,
    embedding vector({dimensions}) not null,
    primary key (document_id, position)
);
create index if not exists chunks_embedding on chunks using hnsw (embedding vector_cosine_ops);
""").format(dimensions=sql.Literal(DIMENSIONS))


def create_pool(url: str) -> Pool:
    def check(connection: Connection) -> None:
        try:
            ConnectionPool.check_connection(connection)
        except OperationalError:
            # all at once: the pool would try the next one after a pause that doubles each time
            pool.check()
            raise

    pool: Pool = ConnectionPool(
        url,
        kwargs={"connect_timeout": 3},
        min_size=1,
        max_size=8,
        timeout=5,
        # the pool doubles its pauses: after a long outage it would wait for minutes
        reconnect_timeout=5,
        check=check,
        # not once at start: the database may come up later than the app, or come back empty
        configure=_create_schema,
        open=False,
    )
    return pool


def ping(pool: Pool) -> None:
    with pool.connection(timeout=2) as connection:
        connection.execute("select 1")


def _create_schema(connection: Connection) -> None:
    with connection.transaction():
        # api and worker may come here at the same moment
        connection.execute("select pg_advisory_xact_lock(%s)", (SCHEMA_LOCK,))
        found = connection.execute("select to_regclass('chunks_embedding')").fetchone()
        # "create index if not exists" would wait for all who write, even when it exists
        if found == (None,):
            connection.execute(SCHEMA)
