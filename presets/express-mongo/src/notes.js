import { ObjectId } from "mongodb";

import { open } from "./database.js";

/** @typedef {{ id: string, text: string, createdAt: string }} Note */

/** Notes in a collection of MongoDB. */
export class Notes {
  #client;

  /** @param {import("mongodb").MongoClient} client */
  constructor(client) {
    this.#client = client;
  }

  async ping() {
    await (await open(this.#client)).command({ ping: 1 });
  }

  /** @param {string} text @returns {Promise<Note>} */
  async create(text) {
    const collection = await this.#collection();
    const document = { text, createdAt: new Date() };
    const { insertedId } = await collection.insertOne(document);
    return note({ ...document, _id: insertedId });
  }

  /** @param {number} limit @returns {Promise<Note[]>} the newest first */
  async newest(limit) {
    const collection = await this.#collection();
    return (await collection.find().sort({ _id: -1 }).limit(limit).toArray()).map(note);
  }

  /** @param {string} id @returns {Promise<Note | null>} */
  async get(id) {
    const collection = await this.#collection();
    return found(ObjectId.isValid(id) && (await collection.findOne(byId(id))));
  }

  /** @param {string} id @param {string} text @returns {Promise<Note | null>} */
  async change(id, text) {
    const collection = await this.#collection();
    const set = { $set: { text } };
    const after = { returnDocument: "after" };
    return found(ObjectId.isValid(id) && (await collection.findOneAndUpdate(byId(id), set, after)));
  }

  /** @param {string} id @returns {Promise<boolean>} whether there was one */
  async delete(id) {
    const collection = await this.#collection();
    return ObjectId.isValid(id) && (await collection.deleteOne(byId(id))).deletedCount === 1;
  }

  async #collection() {
    return (await open(this.#client)).collection("notes");
  }
}

const byId = (id) => ({ _id: new ObjectId(id) });

const found = (document) => (document ? note(document) : null);

const note = ({ _id, text, createdAt }) => ({
  id: _id.toString(),
  text,
  createdAt: createdAt.toISOString(),
});
