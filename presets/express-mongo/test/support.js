import { once } from "node:events";
import { connect, createServer } from "node:net";
import { pipeline } from "node:stream";

import { createApp } from "../src/app.js";

/**
 * Run an app on a free port for one test.
 *
 * @returns {Promise<(method: string, path: string, body?: unknown) => Promise<{status: number, body: any}>>}
 */
export async function serve(test, notes) {
  const server = createApp(notes).listen(0);
  await new Promise((resolve) => server.once("listening", resolve));
  test.after(() => server.close());
  const { port } = server.address();
  return async (method, path, body) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      headers: { "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    return { status: response.status, body: text ? JSON.parse(text) : undefined };
  };
}

/** A way to a server that is opened and shut, as if the server came and went. */
export class Door {
  #target;
  #port = 0;
  #sockets = new Set();
  #server = createServer((socket) => this.#pass(socket));

  /** @param {string} url of the server */
  constructor(url) {
    this.#target = new URL(url);
  }

  /** The same server's URL, through this door; known once it was open. */
  get url() {
    return Object.assign(new URL(this.#target), { host: `127.0.0.1:${this.#port}` }).href;
  }

  async open() {
    this.#server.listen(this.#port, "127.0.0.1");
    await once(this.#server, "listening");
    this.#port = this.#server.address().port;
  }

  shut() {
    this.#server.close();
    for (const socket of this.#sockets) {
      socket.destroy();
    }
  }

  #pass(socket) {
    const other = connect(Number(this.#target.port || 27017), this.#target.hostname);
    this.#sockets.add(socket);
    pipeline(socket, other, socket, () => this.#sockets.delete(socket));
  }
}

/** Notes in memory. */
export class FakeNotes {
  #notes = new Map();

  async ping() {}

  async create(text) {
    const note = { id: String(this.#notes.size + 1), text, createdAt: "2026-01-01T00:00:00.000Z" };
    this.#notes.set(note.id, note);
    return note;
  }

  async newest(limit) {
    return [...this.#notes.values()].reverse().slice(0, limit);
  }

  async get(id) {
    return this.#notes.get(id) ?? null;
  }

  async change(id, text) {
    const note = this.#notes.get(id);
    if (note) {
      this.#notes.set(id, { ...note, text });
    }
    return this.get(id);
  }

  async delete(id) {
    return this.#notes.delete(id);
  }
}
