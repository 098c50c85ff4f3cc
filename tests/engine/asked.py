"""What is written into each component and read back: programs of an app that stands beside it.

A program fails where nobody answers; one that reads prints "still here". What they use of the
component is what `needs:` tells an app, or the address of its page.
"""

from __future__ import annotations

from dataclasses import dataclass

from .test_brokers import CLIENTS, RABBITMQ, STREAMS, VALKEY

SQL = """\
it.execute("create table kept (text varchar(20))")
it.execute("insert into kept values ('still here')")
"""
READ_SQL = "it.execute('select text from kept'); print(it.fetchone()[0])"
POSTGRES = """\
import os, psycopg
it = psycopg.connect(os.environ['DATABASE_URL'], autocommit=True).cursor()
"""
MYSQL = """\
import os, pymysql, urllib.parse
url = urllib.parse.urlsplit(os.environ['DATABASE_URL'])
it = pymysql.connect(host=url.hostname, user=url.username, password=url.password,
                     database=url.path[1:], autocommit=True).cursor()
"""
HTTP = """\
import base64, json, os, urllib.parse, urllib.request
def ask(method, url, body=None, **headers):
    place = urllib.parse.urlsplit(url)
    if place.username:
        user = f'{place.username}:{place.password}'.encode()
        headers['Authorization'] = 'Basic ' + base64.b64encode(user).decode()
        url = place._replace(netloc=f'{place.hostname}:{place.port}').geturl()
    headers = {'Content-Type': 'application/json',
               **{name.replace('_', '-'): text for name, text in headers.items()}}
    data = None if body is None else json.dumps(body).encode()
    asked = urllib.request.Request(url, data, headers, method=method)
    return json.load(urllib.request.urlopen(asked, timeout=120))
"""
SEARCH = HTTP + "url = os.environ['{0}_URL'] + '/kept/_doc/1'\n"
CHROMA = (
    HTTP
    + """\
url = f"http://{os.environ['CHROMA_HOST']}:{os.environ['CHROMA_PORT']}/api/v2"
url += '/tenants/default_tenant/databases/default_database/collections'
"""
)
QDRANT = (
    HTTP
    + """\
url, key = os.environ['QDRANT_URL'] + '/collections/kept', os.environ['QDRANT_API_KEY']
"""
)
WEAVIATE = (
    HTTP
    + """\
url, key = os.environ['WEAVIATE_URL'] + '/v1/objects', 'Bearer ' + os.environ['WEAVIATE_API_KEY']
name = '00000000-0000-4000-8000-000000000001'
"""
)
MILVUS = (
    HTTP
    + """\
def tell(path, **body):
    key = f"Bearer {os.environ['MILVUS_USER']}:{os.environ['MILVUS_PASSWORD']}"
    url = f"{os.environ['MILVUS_URI']}/v2/vectordb/{path}"
    answer = ask('POST', url, {'collectionName': 'kept', **body}, Authorization=key)
    assert answer['code'] == 0, answer
    return answer['data']
"""
)
OLLAMA = HTTP + "url = os.environ['OLLAMA_HOST'] + '/api'\n"
MONGO = """\
import os, pymongo
it = pymongo.MongoClient(os.environ['MONGO_URL']).get_default_database().kept
"""
NEO4J = """\
import os, neo4j
user = os.environ['NEO4J_USERNAME'], os.environ['NEO4J_PASSWORD']
it = neo4j.GraphDatabase.driver(os.environ['NEO4J_URI'], auth=user)
"""
S3 = "import boto3, os; it, here = boto3.client('s3'), {'Bucket': os.environ['S3_BUCKET']}\n"
MEMCACHED = """\
import os; from pymemcache.client.base import Client
it = Client((os.environ['MEMCACHED_HOST'], int(os.environ['MEMCACHED_PORT'])), timeout=2)
"""
PAGE = """\
import urllib.request
assert urllib.request.urlopen('http://store:{port}{path}', timeout=30).status == 200
print('still here')
"""


@dataclass(frozen=True)
class Asked:
    """The programs about one component, and what they are installed with.

    `keeps` says whether what was written is there after a restart; `stand_in` whether the server
    that stands in for the image understands them.
    """

    read: str
    write: str = ""
    requirements: str = ""
    keeps: bool = True
    stand_in: bool = True


def _search(name: str) -> Asked:
    here = SEARCH.replace("{0}", name)
    return Asked(
        here + "print(ask('GET', url)['_source']['text'])",
        here + "ask('PUT', url + '?refresh=true', {'text': 'still here'})",
    )


def _page(port: int, path: str = "/") -> Asked:
    return Asked(PAGE.replace("{port}", str(port)).replace("{path}", path))


_REDIS = Asked(VALKEY.read, VALKEY.write, CLIENTS)
_MYSQL = Asked(MYSQL + READ_SQL, MYSQL + SQL, "cryptography\npymysql\n")

STORES = {
    "chroma": Asked(
        CHROMA + "url += '/' + ask('GET', url + '/kept')['id'] + '/get'\n"
        "print(ask('POST', url, {'ids': ['one']})['documents'][0])",
        CHROMA + "url += '/' + ask('POST', url, {'name': 'kept'})['id'] + '/add'\n"
        "ask('POST', url, {'ids': ['one'], 'embeddings': [[1, 2]], 'documents': ['still here']})",
    ),
    "elasticsearch": _search("ELASTICSEARCH"),
    "mariadb": _MYSQL,
    "memcached": Asked(
        MEMCACHED + "print(it.get('kept').decode())",
        MEMCACHED + "it.set('kept', 'still here', noreply=False)",
        CLIENTS,
        keeps=False,
    ),
    # the stand-in is Milvus 2.3, which has another HTTP API
    "milvus": Asked(
        MILVUS
        + "print(tell('entities/query', filter='id == 1', outputFields=['text'])[0]['text'])",
        MILVUS + "tell('collections/create', dimension=2)\n"
        "tell('entities/insert', data=[{'id': 1, 'vector': [1, 2], 'text': 'still here'}])",
        stand_in=False,
    ),
    "mongo": Asked(
        MONGO + "print(it.find_one()['text'])",
        MONGO + "it.insert_one({'text': 'still here'})",
        "pymongo\n",
    ),
    "mysql": _MYSQL,
    "nats": Asked(STREAMS.read, STREAMS.write, CLIENTS),
    "neo4j": Asked(
        NEO4J + "print(it.execute_query('MATCH (one:Kept) RETURN one.text AS text')[0][0]['text'])",
        NEO4J + "it.execute_query(\"CREATE (:Kept {text: 'still here'})\")",
        "neo4j\n",
    ),
    # a model of some 50 MB: what no model uses is deleted at a start
    "ollama": Asked(
        OLLAMA + "names = [one['name'] for one in ask('GET', url + '/tags')['models']]\n"
        "assert 'all-minilm:latest' in names, names\nprint('still here')",
        OLLAMA + "ask('POST', url + '/pull', {'model': 'all-minilm', 'stream': False})",
    ),
    "opensearch": _search("OPENSEARCH"),
    "postgres": Asked(POSTGRES + READ_SQL, POSTGRES + SQL, "psycopg[binary]\n"),
    "qdrant": Asked(
        QDRANT + "print(ask('GET', url + '/points/1', api_key=key)['result']['payload']['text'])",
        QDRANT + "ask('PUT', url, {'vectors': {'size': 2, 'distance': 'Dot'}}, api_key=key)\n"
        "point = {'id': 1, 'vector': [1, 2], 'payload': {'text': 'still here'}}\n"
        "ask('PUT', url + '/points?wait=true', {'points': [point]}, api_key=key)",
    ),
    "rabbitmq": Asked(RABBITMQ.read, RABBITMQ.write, CLIENTS),
    "redis": _REDIS,
    "s3": Asked(
        S3 + "print(it.get_object(Key='kept', **here)['Body'].read().decode())",
        S3 + "it.put_object(Key='kept', Body=b'still here', **here)",
        "boto3\n",
    ),
    "valkey": _REDIS,
    "weaviate": Asked(
        WEAVIATE + "found = ask('GET', f'{url}/Kept/{name}', Authorization=key)\n"
        "print(found['properties']['text'])",
        WEAVIATE + "body = {'class': 'Kept', 'id': name, 'properties': {'text': 'still here'}}\n"
        "ask('POST', url, body, Authorization=key)",
    ),
}
# What is asked for a page: of a proxy that of the app behind it.
PAGES = {
    "adminer": _page(8080),
    "caddy": _page(8080),
    "nginx": _page(8080),
    "pgadmin": _page(5050, "/misc/ping"),
    "redisinsight": _page(5540),
    "traefik": _page(8000),
}
# What a tool looks into.
BEHIND = {"adminer": "postgres", "pgadmin": "postgres", "redisinsight": "redis"}
# Options that choose another image.
IMAGES = {"postgres": ("pgvector: true",), "rabbitmq": ("management: true",)}
