import express from "express";

const LONGEST = 8000;

/**
 * Make the app; `notes` keeps what it is given, and may fail while its database is away.
 *
 * @param {import("./notes.js").Notes} notes
 */
export function createApp(notes) {
  const app = express();
  app.disable("x-powered-by");
  app.use(express.json());

  app.get("/health/live", (_request, response) => {
    response.json({ live: true });
  });

  app.get("/health/ready", async (_request, response) => {
    const db = await notes.ping().then(
      () => true,
      () => false,
    );
    response.status(db ? 200 : 503).json({ db });
  });

  app.post("/notes", async (request, response) => {
    response.status(201).json(await notes.create(textOf(request)));
  });

  app.get("/notes", async (request, response) => {
    const limit = Number(request.query.limit ?? 20);
    if (!Number.isInteger(limit) || limit < 1 || limit > 100) {
      throw problem(422, "limit is 1 to 100");
    }
    response.json(await notes.newest(limit));
  });

  app.get("/notes/:id", async (request, response) => {
    response.json(wanted(await notes.get(request.params.id)));
  });

  app.put("/notes/:id", async (request, response) => {
    response.json(wanted(await notes.change(request.params.id, textOf(request))));
  });

  app.delete("/notes/:id", async (request, response) => {
    wanted(await notes.delete(request.params.id));
    response.status(204).end();
  });

  app.use(() => {
    throw problem(404, "no such path");
  });

  // four arguments make it the one that gets the errors
  app.use((error, _request, response, _next) => {
    const status = statusOf(error);
    if (status >= 500) {
      console.error(status === 503 ? `the database is away: ${error.message}` : error);
    }
    response.status(status).json({ detail: detailOf(status, error) });
  });

  return app;
}

function textOf(request) {
  const text = request.body?.text;
  if (typeof text !== "string" || !text.trim() || text.length > LONGEST) {
    throw problem(422, `text is 1 to ${LONGEST} characters`);
  }
  return text.trim();
}

function wanted(found) {
  if (!found) {
    throw problem(404, "no such note");
  }
  return found;
}

function detailOf(status, error) {
  if (status === 503) {
    return "the database is away";
  }
  return status < 500 ? error.message : "the service has a problem";
}

function problem(status, message) {
  return Object.assign(new Error(message), { status });
}

function statusOf(error) {
  // what the driver says while it has no server, or has just lost it
  const away = /^Mongo(ServerSelection|Network|NotConnected|PoolCleared|TopologyClosed)/;
  return error.status ?? (away.test(error.name) ? 503 : 500);
}
