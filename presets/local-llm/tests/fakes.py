"""Ollama and Qdrant in memory: as much of each as the app uses.

test_servers.py asks them and the real servers the same questions.
"""

import json
import math
import re
import zlib
from collections.abc import Callable, Sequence
from typing import Any

import httpx2

DIMENSIONS = 64


def embed(text: str) -> list[float]:
    """Return a vector that has a place for each word."""
    vector = [0.0] * DIMENSIONS
    for word in re.findall(r"\w+", text.casefold()):
        vector[zlib.crc32(word.encode()) % DIMENSIONS] += 1
    return vector


class FakeOllama(httpx2.MockTransport):
    """Knows some models; the chat model repeats what it was sent, and fails when it is asked to."""

    def __init__(self, models: Sequence[str]) -> None:
        super().__init__(self._answer)
        self._models = models

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        if request.url.path == "/api/tags":
            return httpx2.Response(200, json={"models": [{"name": name} for name in self._models]})
        body = json.loads(request.content)
        if not {body["model"], f"{body['model']}:latest"} & set(self._models):
            return httpx2.Response(404, json={"error": f"model '{body['model']}' not found"})
        if request.url.path == "/api/embed":
            return httpx2.Response(
                200, json={"embeddings": [embed(text) for text in body["input"]]}
            )
        words = [f"{word} " for message in body["messages"] for word in message["content"].split()]
        pieces: list[object] = [
            {"message": {"role": "assistant", "content": word}, "done": False} for word in words
        ]
        if "fail " in words:
            pieces = [*pieces[:2], {"error": "out of memory"}]
        return httpx2.Response(200, text="\n".join(map(json.dumps, pieces)))


class FakeQdrant(httpx2.MockTransport):
    """Keeps points in collections, and lets nobody in without the key."""

    def __init__(self, key: str) -> None:
        super().__init__(self._answer)
        self._key = key
        self._collections: dict[str, dict[str, Any]] = {}

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        if request.url.path == "/readyz":
            return httpx2.Response(200, text="all shards are ready")
        if request.headers.get("api-key") != self._key:
            return httpx2.Response(401, text="Must provide an API key")
        _, _, name, *rest = request.url.path.split("/")
        body = json.loads(request.content or b"{}")
        if rest == ["exists"]:
            return _result({"exists": name in self._collections})
        if not rest:
            if name in self._collections:
                return httpx2.Response(409, json={"status": {"error": "already exists"}})
            self._collections[name] = {}
            return _result(True)
        calls: dict[str, Callable[[dict[str, Any], dict[str, Any]], object]] = {
            "points": _put,
            "points/query": _query,
            "points/scroll": _scroll,
            "points/delete": _delete,
        }
        return _result(calls["/".join(rest)](self._collections[name], body))


def _result(result: object) -> httpx2.Response:
    return httpx2.Response(200, json={"result": result, "status": "ok"})


def _put(points: dict[str, Any], body: dict[str, Any]) -> object:
    points |= {point["id"]: point for point in body["points"]}
    return {"status": "completed"}


def _query(points: dict[str, Any], body: dict[str, Any]) -> object:
    scored = [
        {"id": id_, "score": _cosine(body["query"], point["vector"]), "payload": point["payload"]}
        for id_, point in points.items()
    ]
    return {"points": sorted(scored, key=lambda one: -one["score"])[: body["limit"]]}


def _scroll(points: dict[str, Any], body: dict[str, Any]) -> object:
    found = [points[id_] for id_ in sorted(points) if _matches(points[id_], body)]
    return {"points": found[: body["limit"]]}


def _delete(points: dict[str, Any], body: dict[str, Any]) -> object:
    for id_ in [id_ for id_, point in points.items() if _matches(point, body)]:
        del points[id_]
    return {"status": "completed"}


def _matches(point: dict[str, Any], body: dict[str, Any]) -> bool:
    (condition,) = body["filter"]["must"]
    return bool(point["payload"][condition["key"]] == condition["match"]["value"])


def _cosine(one: list[float], other: list[float]) -> float:
    return math.sumprod(one, other) / (math.hypot(*one) * math.hypot(*other))
