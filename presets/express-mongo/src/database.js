import { MongoClient } from "mongodb";

/**
 * Make a client. It does not wait: a database that is down shows at the first use.
 *
 * @param {string} url
 */
export function createClient(url) {
  return new MongoClient(url, {
    connectTimeoutMS: 3000,
    // how long a request may wait for a database that is gone
    serverSelectionTimeoutMS: 2000,
  });
}

/**
 * Return the database of a client's URL; fails while it is away, and finds it when it comes.
 *
 * @param {MongoClient} client
 */
export async function open(client) {
  // before each use, and at once while connected: after a first try in vain the driver by itself
  // makes no other, and an app that started before its database would never find it
  await client.connect();
  return client.db();
}
