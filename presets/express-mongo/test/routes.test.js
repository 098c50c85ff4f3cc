import assert from "node:assert/strict";
import { test } from "node:test";

import { FakeNotes, serve } from "./support.js";

test("a note is created, read, changed and deleted", async (t) => {
  const ask = await serve(t, new FakeNotes());

  const { status, body: note } = await ask("POST", "/notes", { text: " Water " });
  assert.equal(status, 201);
  assert.equal(note.text, "Water");
  assert.deepEqual((await ask("GET", `/notes/${note.id}`)).body, note);
  assert.equal((await ask("PUT", `/notes/${note.id}`, { text: "Weed" })).body.text, "Weed");
  assert.equal((await ask("DELETE", `/notes/${note.id}`)).status, 204);
  assert.equal((await ask("GET", `/notes/${note.id}`)).status, 404);
});

test("the newest note comes first, and no more than are asked for", async (t) => {
  const ask = await serve(t, new FakeNotes());
  for (const text of ["one", "two", "three"]) {
    await ask("POST", "/notes", { text });
  }

  const { body } = await ask("GET", "/notes?limit=2");
  assert.deepEqual(
    body.map((note) => note.text),
    ["three", "two"],
  );
});

for (const body of [{}, { text: "" }, { text: "  " }, { text: 7 }, { text: "a".repeat(8001) }]) {
  test(`${JSON.stringify(body).slice(0, 20)} is no note`, async (t) => {
    const ask = await serve(t, new FakeNotes());
    assert.equal((await ask("POST", "/notes", body)).status, 422);
  });
}

for (const limit of ["0", "101", "x", "1.5"]) {
  test(`${limit} is no limit`, async (t) => {
    const ask = await serve(t, new FakeNotes());
    assert.equal((await ask("GET", `/notes?limit=${limit}`)).status, 422);
  });
}

test("what no route can take is refused in JSON", async (t) => {
  const ask = await serve(t, new FakeNotes());
  const unknown = { status: 404, body: { detail: "no such path" } };
  assert.deepEqual(await ask("GET", "/nothing"), unknown);
  assert.deepEqual(await ask("DELETE", "/notes"), unknown);
  assert.equal((await ask("GET", "/notes/%E0")).status, 400);
  assert.equal((await ask("POST", "/notes", "no object")).status, 400);
});

test("a missing body is no note", async (t) => {
  const ask = await serve(t, new FakeNotes());
  assert.equal((await ask("POST", "/notes")).status, 422);
});

test("a database that is away is said, and the process lives", async (t) => {
  const away = async () => {
    throw Object.assign(new Error("no server"), { name: "MongoServerSelectionError" });
  };
  const ask = await serve(t, Object.assign(new FakeNotes(), { ping: away, newest: away }));

  assert.deepEqual(await ask("GET", "/health/ready"), { status: 503, body: { db: false } });
  assert.equal((await ask("GET", "/notes")).status, 503);
  assert.equal((await ask("GET", "/health/live")).status, 200);
});
