// The tasks view: lists, tasks with their status, and categories.
import { by, keyed, make, moment, say } from "/assets/common/dom.js";
import { chip, master } from "/outlook/categories.js";
import { openCategoryMenu } from "/outlook/category-menu.js";
import { graph, key, wordsOf } from "/outlook/graph.js";
import { button, failure, field, note, redrawn } from "/outlook/parts.js";
import { box, session } from "/outlook/session.js";

const STATUS = { notStarted: "Not started", inProgress: "In progress", completed: "Completed", waitingOnOthers: "Waiting on others", deferred: "Deferred" };
const tasks = { lists: [], list: null, rows: [] };

const pathOf = (task) => `/todo/lists/${key(tasks.list.id)}/tasks/${key(task.id)}`;
const asItem = (task) => ({ id: task.id, path: pathOf(task), etag: task["@odata.etag"], categories: task.categories });

async function change(task, body, words) {
  try {
    await graph(box() + pathOf(task), { method: "PATCH", body });
    say(words, true);
  } catch (error) {
    say(wordsOf(error), true);
  }
  await refreshTasks().catch(() => {});
}

function took(results) {
  for (const { item, ok, categories, etag } of results) {
    const task = tasks.rows.find((one) => one.id === item.id);
    if (ok && task) Object.assign(task, { categories, "@odata.etag": etag ?? task["@odata.etag"] });
  }
  draw();
  refreshTasks().catch(() => {});
}

function due(task) {
  if (!task.dueDateTime) return null;
  const day = task.dueDateTime.dateTime.slice(0, 10);
  const late = task.status !== "completed" && day < new Date().toISOString().slice(0, 10);
  return make("span", { class: late ? "state" : "quiet", data: late ? { mood: "bad" } : {} }, late ? "Overdue: " : "Due ", moment(day));
}

function drawTask(place, { task }) {
  const done = task.status === "completed";
  const tick = make("input", { type: "checkbox", "aria-label": `Complete ${task.title}`, "data-part": "done" });
  tick.checked = done;
  tick.addEventListener("change", () => change(task, { status: tick.checked ? "completed" : "notStarted" }, tick.checked ? "Completed." : "Open again."));
  const status = make("select", { "aria-label": `Status of ${task.title}`, "data-part": "status" },
    ...Object.entries(STATUS).map(([value, text]) => make("option", { value, text })));
  status.value = task.status;
  status.addEventListener("change", () => change(task, { status: status.value }, `${STATUS[status.value]}.`));
  const menu = (anchor, point) => openCategoryMenu(anchor, [asItem(task)], took, point);
  const categorize = button("Categorize", (event) => menu(event.currentTarget), {
    "aria-haspopup": "menu", "aria-expanded": "false", "aria-label": `Categorize ${task.title}`, "data-part": "categorize",
  });
  place.className = `task${done ? " done" : ""}`;
  place.oncontextmenu = (event) => {
    if (event.target.matches("select")) return;
    event.preventDefault();
    menu(place.querySelector('[data-part="categorize"]'), event.button === 2 ? { x: event.clientX, y: event.clientY } : undefined);
  };
  redrawn(place, [tick, make("span", { class: "title" }, make("span", { class: "name", text: task.title || "(no title)" }),
    make("span", { class: "chips" }, ...task.categories.map(chip), task.importance === "high" && make("span", { class: "state", data: { mood: "bad" }, text: "High" }), due(task))),
  status, categorize]);
}

function drawList(place, { list, current }) {
  const choice = button(list.displayName, () => {
    tasks.list = tasks.lists.find((one) => one.id === list.id);
    tasks.rows = [];
    by("task-rows").replaceChildren();
    showTasks();
  }, { class: "plain folder", "aria-current": current ? "true" : null, "data-part": "list" });
  redrawn(place, [choice]);
}

function draw() {
  const colors = master.map((one) => `${one.displayName}:${one.color}`).join();
  keyed(by("task-lists"), tasks.lists.map((list) => ({ list, current: list.id === tasks.list?.id })), ({ list }) => list.id, drawList);
  const open = tasks.rows.filter((task) => task.status !== "completed");
  const done = tasks.rows.filter((task) => task.status === "completed");
  keyed(by("task-rows"), [...open, ...done].map((task) => ({ task, colors })), ({ task }) => task.id, drawTask);
  by("tasks-title").textContent = tasks.list?.displayName ?? "Tasks";
  by("task-form").hidden = tasks.list?.wellknownListName === "flaggedEmails";
}

/** Reads lists and tasks again. */
export async function refreshTasks() {
  if (session.owner) return;
  tasks.lists = (await graph(`${box()}/todo/lists`)).value;
  tasks.list = tasks.lists.find((one) => one.id === tasks.list?.id) ?? tasks.lists[0] ?? null;
  if (!tasks.list) return;
  const { list } = tasks;
  const answer = await graph(`${box()}/todo/lists/${key(list.id)}/tasks?$top=200`);
  if (list.id !== tasks.list.id) return;
  tasks.rows = answer.value;
  by("tasks-note").replaceChildren(...(tasks.rows.length ? [] : [note(list.wellknownListName === "flaggedEmails"
    ? "Mail that you flag shows up here." : "No tasks in this list. Add one above.")]));
  draw();
}

/** Shows the tasks; called when the view comes up and when the mailbox is another. */
export async function showTasks() {
  by("tasks-of-mine").hidden = Boolean(session.owner);
  if (session.owner) {
    by("tasks-note").replaceChildren(note("Tasks stay with their owner: they cannot be opened from another mailbox. Go back to your own to see yours."));
    return;
  }
  if (!tasks.rows.length) by("tasks-note").replaceChildren(note("Loading…"));
  try {
    await refreshTasks();
  } catch (error) {
    by("tasks-note").replaceChildren(failure("The tasks could not be read", error, showTasks));
  }
}

/** Forgets what is shown, for another mailbox. */
export function resetTasks() {
  Object.assign(tasks, { lists: [], list: null, rows: [] });
  draw();
}

/** Makes the parts of the view. */
export function makeTasks() {
  const title = make("input", { autocomplete: "off", required: true });
  const day = make("input", { type: "date" });
  const form = make("form", { id: "task-form", class: "inline" }, field("New task", title), field("Due", day), make("button", { type: "submit", class: "primary", text: "Add task" }));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const dueDateTime = day.value ? { dateTime: `${day.value}T00:00:00`, timeZone: "UTC" } : undefined;
    try {
      // Whoever is quicker than the lists has the task put into the first one.
      if (!tasks.list) await refreshTasks();
      await graph(`${box()}/todo/lists/${key(tasks.list.id)}/tasks`, { method: "POST", body: { title: title.value.trim(), dueDateTime } });
      title.value = "";
      day.value = "";
      say("Task added.", true);
      await refreshTasks();
    } catch (error) {
      say(wordsOf(error), true);
    }
  });
  by("tasks").replaceChildren(
    make("div", { class: "head" }, make("h2", { id: "tasks-title", text: "Tasks" })),
    make("div", { class: "columns", id: "tasks-of-mine" },
      make("nav", { "aria-label": "Task lists" }, make("ul", { id: "task-lists", class: "tree" })),
      make("div", { class: "task-list" }, form, make("ul", { id: "task-rows", class: "task-rows", "aria-label": "Tasks" }))),
    make("div", { id: "tasks-note" }));
}
