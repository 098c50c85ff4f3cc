export type Task = { id: number; title: string; done: boolean; created_at: string };

type Fetch = typeof fetch;

/** What the API says about tasks; the address is that of the page, behind the same proxy. */
export class Tasks {
  constructor(private readonly ask: Fetch = (...words) => fetch(...words)) {}

  list(): Promise<Task[]> {
    return this.json("GET", "");
  }

  create(title: string): Promise<Task> {
    return this.json("POST", "", { title });
  }

  setDone(task: Task, done: boolean): Promise<Task> {
    return this.json("PATCH", `/${task.id}`, { done });
  }

  async delete(task: Task): Promise<void> {
    await this.send("DELETE", `/${task.id}`);
  }

  private async json<T>(method: string, path: string, body?: object): Promise<T> {
    return (await this.send(method, path, body)).json() as Promise<T>;
  }

  private async send(method: string, path: string, body?: object): Promise<Response> {
    const response = await this.ask(`/api/tasks${path}`, {
      method,
      headers: body ? { "Content-Type": "application/json" } : {},
      body: body ? JSON.stringify(body) : undefined,
    });
    if (!response.ok) {
      throw new Error(`${method} /api/tasks${path}: ${response.status}`);
    }
    return response;
  }
}
