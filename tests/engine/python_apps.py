"""The sources of small Python apps: Celery, Django, Streamlit, and one that Poetry locks."""

from __future__ import annotations

TASKS = """\
from celery import Celery

celery = Celery("jobs")
celery.conf.beat_schedule = {"tick": {"task": "app.tasks.tick", "schedule": 1.0}}


@celery.task
def text():
    return "first text"


@celery.task
def tick():
    return celery.backend.client.incr("ticks")
"""
JOBS = {
    "requirements.txt": "celery[redis]>=5.5,<6\n",
    "app/__init__.py": "",
    "app/tasks.py": TASKS,
}

MANAGE = """\
import os
import sys
from django.core.management import execute_from_command_line

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
execute_from_command_line(sys.argv)
"""
SETTINGS = """\
import os
from pathlib import Path
import dj_database_url

ALLOWED_HOSTS = os.environ.get("DJANGO_ALLOWED_HOSTS", "").split(",")
DATABASES = {"default": dj_database_url.config()}
DEBUG = os.environ.get("DJANGO_DEBUG") == "true"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.staticfiles",
]
ROOT_URLCONF = "config.urls"
SECRET_KEY = os.environ["DJANGO_SECRET_KEY"]
STATIC_ROOT = Path(__file__).parent.parent / "collected"
STATICFILES_DIRS = [Path(__file__).parent.parent / "static"]
STATIC_URL = "static/"
WSGI_APPLICATION = "config.wsgi.application"
"""
URLS = """\
from django.conf import settings
from django.contrib.auth.models import User
from django.http import JsonResponse
from django.urls import path

TEXT = "first text"
urlpatterns = [
    path("", lambda _: JsonResponse({"text": TEXT, "debug": settings.DEBUG})),
    path("users", lambda _: JsonResponse({"users": User.objects.count()})),
]
"""
WSGI = """\
from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
"""
SITE_TEST = """\
from django.test import TestCase


class Users(TestCase):
    def test_nobody(self):
        assert self.client.get("/users").json() == {"users": 0}
"""
SITE_TASKS = """\
from celery import Celery

app = Celery("site")
app.conf.task_default_queue = "site"


@app.task
def users():
    from django.contrib.auth.models import User

    return User.objects.count()
"""
SITE = {
    "requirements.txt": (
        "celery[redis]>=5\ndj-database-url>=3\nDjango>=5.2\ngunicorn>=23\npsycopg[binary]>=3\n"
    ),
    "manage.py": MANAGE,
    "config/__init__.py": "",
    "config/celery.py": SITE_TASKS,
    "config/settings.py": SETTINGS,
    "config/tests.py": SITE_TEST,
    "config/urls.py": URLS,
    "config/wsgi.py": WSGI,
    "static/style.css": "body { color: black }\n",
}

DASH = {
    "requirements.txt": "streamlit>=1.60,<2\n",
    "app/main.py": "import streamlit\nimport words\n\nstreamlit.title(words.TEXT)\n",
    "app/words.py": 'TEXT = "first text"\n',
}
# What a browser does: it opens a session, and prints each text when it is shown.
BROWSER = """\
import sys
from streamlit.proto.BackMsg_pb2 import BackMsg
from websockets.sync.client import connect

with connect("ws://127.0.0.1:8501/_stcore/stream", subprotocols=["streamlit"]) as socket:
    run = BackMsg()
    run.rerun_script.query_string = ""
    socket.send(run.SerializeToString())
    for text in sys.argv[1:]:
        while text.encode() not in socket.recv():
            pass
        print(text, flush=True)
"""

PYPROJECT = """\
[project]
name = "reader"
version = "0"
requires-python = ">=3.11"
dependencies = ["six>=1.17"]

[tool.poetry]
package-mode = false

[tool.poetry.group.dev.dependencies]
iniconfig = ">=2"
"""
# As Poetry 2.5 writes it; the last hash is that of what PYPROJECT says.
POETRY_LOCK = """\
[[package]]
name = "iniconfig"
version = "2.3.0"
description = ""
optional = false
python-versions = ">=3.10"
groups = ["dev"]
files = [
    {file = "iniconfig-2.3.0-py3-none-any.whl", hash = "\
sha256:f631c04d2c48c52b84d0d0549c99ff3859c98df65b3101406327ecc7d53fbf12"},
]

[[package]]
name = "six"
version = "1.17.0"
description = ""
optional = false
python-versions = ">=2.7"
groups = ["main"]
files = [
    {file = "six-1.17.0-py2.py3-none-any.whl", hash = "\
sha256:4721f391ed90541fddacab5acf947aa0d3dc7d27b2e1e8eda2be8970586c3274"},
]

[metadata]
lock-version = "2.1"
python-versions = ">=3.11"
content-hash = "df7e5f9c1d26637ba666f60e93f2c498dbb0557c21e73dfdb761e2ab5fb055d4"
"""
READER = {
    "pyproject.toml": PYPROJECT,
    "poetry.lock": POETRY_LOCK,
    "app/__init__.py": "",
    "app/__main__.py": """\
import time
from pathlib import Path
import six

while True:
    Path("/tmp/beat").write_text(six.__version__)
    time.sleep(0.5)
""",
}
