import { ObjectId } from "mongodb";

/** @typedef {{ id: string, text: string, createdAt: string }} Note */

/** Notes in a collection of MongoDB. */
export class Notes {
  #collection;

  /** @param {import("mongodb").Db} database */
  constructor(database) {
    this.database = database;
    this.#collection = database.collection("notes");
  }

  async ping() {
    await this.database.command({ ping: 1 });
  }

  /** @param {string} text @returns {Promise<Note>} */
  async create(text) {
    const document = { text, createdAt: new Date() };
    const { insertedId } = await this.#collection.insertOne(document);
    return note({ ...document, _id: insertedId });
  }

  /** @param {number} limit @returns {Promise<Note[]>} the newest first */
  async newest(limit) {
    return (await this.#collection.find().sort({ _id: -1 }).limit(limit).toArray()).map(note);
  }

  /** @param {string} id @returns {Promise<Note | null>} */
  async get(id) {
    return found(ObjectId.isValid(id) && (await this.#collection.findOne(byId(id))));
  }

  /** @param {string} id @param {string} text @returns {Promise<Note | null>} */
  async change(id, text) {
    const set = { $set: { text } };
    const after = { returnDocument: "after" };
    return found(
      ObjectId.isValid(id) && (await this.#collection.findOneAndUpdate(byId(id), set, after)),
    );
  }

  /** @param {string} id @returns {Promise<boolean>} whether there was one */
  async delete(id) {
    return ObjectId.isValid(id) && (await this.#collection.deleteOne(byId(id))).deletedCount === 1;
  }
}

const byId = (id) => ({ _id: new ObjectId(id) });

const found = (document) => (document ? note(document) : null);

const note = ({ _id, text, createdAt }) => ({
  id: _id.toString(),
  text,
  createdAt: createdAt.toISOString(),
});
