import { expect, test } from "vitest";

import { type Task, Tasks } from "./tasks";

const task: Task = { id: 7, title: "Water", done: false, created_at: "2026-01-01T00:00:00Z" };

/** Return tasks that are answered with one response, and what is asked for. */
function answered(status: number, body: unknown) {
  const asked: [unknown, RequestInit?][] = [];
  const tasks = new Tasks(async (path, init) => {
    asked.push([path, init]);
    return new Response(status === 204 ? null : JSON.stringify(body), { status });
  });
  return { tasks, asked };
}

test("a new task is posted as JSON", async () => {
  const { tasks, asked } = answered(201, task);

  expect(await tasks.create("Water")).toEqual(task);
  expect(asked[0]).toMatchObject(["/api/tasks", { method: "POST", body: '{"title":"Water"}' }]);
});

test("a change names the task", async () => {
  const { tasks, asked } = answered(200, { ...task, done: true });

  expect((await tasks.setDone(task, true)).done).toBe(true);
  expect(asked[0]).toMatchObject(["/api/tasks/7", { method: "PATCH", body: '{"done":true}' }]);
});

test("a deleted task has no answer to read", async () => {
  const { tasks } = answered(204, null);

  await expect(tasks.delete(task)).resolves.toBeUndefined();
});

test("an error of the API is an error here", async () => {
  const { tasks } = answered(503, { detail: "the database is unavailable" });

  await expect(tasks.list()).rejects.toThrow("GET /api/tasks: 503");
});
