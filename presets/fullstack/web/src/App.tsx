import { type FormEvent, useEffect, useState } from "react";

import { type Task, Tasks } from "./tasks";

const api = new Tasks();

export function App() {
  const [tasks, setTasks] = useState<Task[]>([]);
  const [problem, setProblem] = useState("");

  /** Do something about tasks, then show them as the API has them. */
  async function act(change: () => Promise<unknown> = async () => undefined) {
    try {
      await change();
      setTasks(await api.list());
      setProblem("");
    } catch (error) {
      setProblem(String(error));
    }
  }

  useEffect(() => {
    void act();
  }, []);

  function add(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = event.currentTarget;
    const title = String(new FormData(form).get("title"));
    form.reset();
    void act(() => api.create(title));
  }

  return (
    <main>
      <h1>Tasks</h1>
      <form onSubmit={add}>
        <input name="title" placeholder="What is there to do?" required maxLength={200} />
        <button>Add</button>
      </form>
      {problem && <p role="alert">{problem}</p>}
      <ul>
        {tasks.map((task) => (
          <li key={task.id}>
            <label>
              <input
                type="checkbox"
                checked={task.done}
                onChange={() => void act(() => api.setDone(task, !task.done))}
              />
              {task.title}
            </label>
            <button aria-label={`Delete ${task.title}`} onClick={() => void act(() => api.delete(task))}>
              ×
            </button>
          </li>
        ))}
      </ul>
    </main>
  );
}
