import { MongoClient } from "mongodb";

/**
 * Make a client. It does not wait: a database that is down shows at the first use, and is found
 * again when it comes back.
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
