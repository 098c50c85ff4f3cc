from psycopg import Connection as PsycopgConnection
from psycopg import OperationalError
from psycopg_pool import ConnectionPool

Connection = PsycopgConnection[tuple[object, ...]]
Pool = ConnectionPool[Connection]

SCHEMA_LOCK = 7_205_302
SCHEMA = """
create table if not exists orders (
    id uuid primary key,
    item text not null,
    quantity integer not null,
    received_at timestamptz not null default now(),
    confirmed_at timestamptz
)
"""


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
        # "if not exists" alone fails when api and worker create the table at the same moment
        connection.execute("select pg_advisory_xact_lock(%s)", (SCHEMA_LOCK,))
        connection.execute(SCHEMA)
