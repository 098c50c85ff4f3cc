import { createApp } from "./app.js";
import { createClient } from "./database.js";
import { Notes } from "./notes.js";

const client = createClient(process.env.MONGO_URL);
const server = createApp(new Notes(client)).listen(Number(process.env.PORT ?? 3000));

for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => {
    // what is being answered is answered
    server.close(() => void client.close());
    server.closeIdleConnections();
  });
}
