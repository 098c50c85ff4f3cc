import assert from "node:assert/strict";
import { after, test } from "node:test";

import { createClient } from "../src/database.js";
import { Notes } from "../src/notes.js";
import { Door, serve } from "./support.js";

const url = process.env.MONGO_URL;
const options = { skip: url ? false : "MONGO_URL IS NOT SET: nothing was tested on a database" };
const client = createClient(url ?? "mongodb://127.0.0.1:9");
after(() => client.close());

test("a note is there for the next client", options, async (t) => {
  const ask = await serve(t, new Notes(client));
  const { body: note } = await ask("POST", "/notes", { text: "Ünïcode, 'quotes' and $dollars" });

  const other = createClient(url);
  t.after(() => other.close());
  assert.deepEqual(await new Notes(other).get(note.id), note);
});

test("a changed note keeps its id, and a deleted one is gone", options, async (t) => {
  const ask = await serve(t, new Notes(client));
  const { body: note } = await ask("POST", "/notes", { text: "before" });
  const path = `/notes/${note.id}`;

  assert.deepEqual((await ask("PUT", path, { text: "after" })).body, { ...note, text: "after" });
  assert.deepEqual((await ask("GET", "/notes?limit=1")).body[0], { ...note, text: "after" });
  assert.equal((await ask("DELETE", path)).status, 204);
  assert.equal((await ask("DELETE", path)).status, 404);
});

test("what is no id is not found", options, async (t) => {
  const ask = await serve(t, new Notes(client));
  assert.equal((await ask("GET", "/notes/nothing-like-it")).status, 404);
  assert.equal((await ask("PUT", "/notes/nothing-like-it", { text: "x" })).status, 404);
});

test("it is ready", options, async (t) => {
  const ask = await serve(t, new Notes(client));
  assert.deepEqual(await ask("GET", "/health/ready"), { status: 200, body: { db: true } });
});

test("a database that comes late, goes and comes back is found", options, async (t) => {
  const door = new Door(url);
  await door.open();
  door.shut();
  const other = createClient(door.url);
  t.after(() => (door.shut(), other.close()));
  const ask = await serve(t, new Notes(other));

  assert.equal((await ask("GET", "/health/ready")).status, 503);
  await door.open();
  assert.equal((await ask("GET", "/health/ready")).status, 200);
  door.shut();
  assert.equal((await ask("GET", "/health/ready")).status, 503);
  await door.open();
  assert.equal((await ask("GET", "/health/ready")).status, 200);
  assert.equal((await ask("POST", "/notes", { text: "still here" })).status, 201);
});

test("a database that is away is said", async (t) => {
  const nobody = createClient("mongodb://127.0.0.1:9/app");
  t.after(() => nobody.close());
  const ask = await serve(t, new Notes(nobody));
  assert.equal((await ask("GET", "/notes")).status, 503);
  assert.equal((await ask("GET", "/health/ready")).status, 503);
});
