// What runs and waits now, as it happens.

import { call, preview } from "./api.js";
import { button, doing, find, make, sure, tell } from "./dom.js";
import { lasting } from "./words.js";

const rows = new Map();
const LOOK = 1000; // Milliseconds between two previews of one edit.
let admin = false;

export function enter(isAdmin) {
  admin = isAdmin;
  find("daemon").hidden = !admin;
}

export function leave() {
  for (const key of [...rows.keys()]) remove(key);
  find("devices").replaceChildren();
}

/** The queue as the daemon tells it; null while it does not. */
export function show(told) {
  if (told === null) {
    find("now-state").textContent = "The daemon does not answer. The page goes on when it does.";
    return;
  }
  const entries = told.entries ?? [];
  find("now-state").textContent = summary(told, entries);
  devices(told.devices ?? []);
  if (admin) daemon(told);
  const keys = [];
  for (const entry of entries) {
    const key = entry.job_id || `other-${keys.length}`;
    keys.push(key);
    fill(rows.get(key) ?? made(key), entry, peers(entry, entries));
  }
  for (const key of rows.keys()) if (!keys.includes(key)) remove(key);
  arrange(keys.map((key) => rows.get(key).element));
}

function remove(key) {
  const { element, look } = rows.get(key);
  URL.revokeObjectURL(look.src);
  element.remove();
  rows.delete(key);
}

/** Put the rows in order; what has the focus keeps it. */
function arrange(elements) {
  const list = find("queue");
  const focused = document.activeElement;
  elements.forEach((element, place) => {
    if (list.children[place] !== element) list.insertBefore(element, list.children[place] ?? null);
  });
  if (list.contains(focused)) focused.focus({ preventScroll: true });
}

/** The own waiting edits that can change places with this one, in order. */
function peers(entry, entries) {
  const alike = ({ mine, state, model, priority }) =>
    mine && state === "JOB_STATE_QUEUED" && model === entry.model && priority === entry.priority;
  return alike(entry) ? entries.filter(alike) : [];
}

function summary(told, entries) {
  const parts = [];
  if (told.paused) parts.push("An admin has paused the daemon: waiting edits do not start.");
  if (told.draining) parts.push("It takes no new edits, as an admin has set it to finish.");
  if (!entries.length) parts.push("Nothing runs or waits.");
  return parts.join(" ");
}

const gigabytes = (size) => (Number(size) / 1e9).toFixed(1);

function devices(list) {
  const told = list.map(({ name, running = 0, memory_bytes, memory_used_bytes = 0, loaded = [] }) => {
    const parts = [name, running ? `${running} running` : "idle"];
    if (memory_bytes) parts.push(`${gigabytes(memory_used_bytes)} of ${gigabytes(memory_bytes)} GB used`);
    parts.push(...loaded.map((model) => `${model.name} ${gigabytes(model.memory_bytes ?? 0)} GB`));
    return make("li", { class: running ? "busy" : "" }, parts.join(" · "));
  });
  find("devices").replaceChildren(...told);
}

function daemon(told) {
  const buttons = find("daemon");
  if (!buttons.children.length) {
    buttons.append(button("", null, { class: "quiet" }), button("", null, { class: "quiet" }));
  }
  const [pause, drain] = buttons.children;
  pause.textContent = told.paused ? "Start waiting edits again" : "Pause the daemon";
  pause.onclick = doing(() => call("UpdateDaemon", { paused: !told.paused }));
  drain.textContent = told.draining ? "Take new edits again" : "Take no new edits";
  drain.onclick = doing(() => call("UpdateDaemon", { draining: !told.draining }));
}

function made(key) {
  const row = {
    look: make("img", { alt: "", hidden: true }),
    title: make("span", { class: "title" }),
    state: make("span", { class: "hint" }),
    progress: make("progress", { max: 1 }),
    earlier: button("↑", null, { class: "quiet order" }),
    later: button("↓", null, { class: "quiet order" }),
    hold: button("", null, { class: "quiet" }),
    cancel: button("Cancel", null, { class: "quiet" }),
  };
  row.buttons = make("div", { class: "buttons" }, row.earlier, row.later, row.hold, row.cancel);
  row.what = make("div", { class: "what" }, row.look, row.title);
  row.element = make("li", {}, row.what, row.state, row.progress, row.buttons);
  rows.set(key, row);
  return row;
}

function fill(row, entry, alike) {
  const { job_id: id, mine, step = 0, steps = 0 } = entry;
  const name = mine ? entry.title || "Your edit" : "Somebody’s edit";
  row.element.className = mine ? "mine" : "";
  row.title.textContent = name;
  row.state.textContent = standing(entry);
  const running = entry.state === "JOB_STATE_RUNNING";
  row.progress.hidden = !running && !step;
  row.progress.setAttribute("aria-label", `Progress of ${name}`);
  if (steps) row.progress.value = step / steps;
  else row.progress.removeAttribute("value");
  if (mine && running) look(row, id, name);
  else row.look.hidden = true;
  const place = alike.indexOf(entry);
  movable(row.earlier, `Earlier: ${name}`, alike[place], alike[place - 1]);
  movable(row.later, `Later: ${name}`, alike[place + 1], alike[place]);
  const held = entry.state === "JOB_STATE_PAUSED";
  row.hold.hidden = !mine;
  row.hold.textContent = held ? "Go on" : "Pause";
  row.hold.setAttribute("aria-label", `${row.hold.textContent}: ${name}`);
  row.hold.onclick = doing(() => call("UpdateJob", { job_id: id, paused: !held }));
  row.cancel.hidden = !id;
  row.cancel.setAttribute("aria-label", `Cancel: ${name}`);
  row.cancel.onclick = doing(() => cancel(id, mine));
}

/** A button that puts one edit directly before another, if there are both. */
function movable(pressed, label, first, second) {
  pressed.hidden = !(first && second);
  pressed.setAttribute("aria-label", label);
  pressed.onclick = doing(async () => {
    await call("UpdateJob", { job_id: first.job_id, move_before: second.job_id });
    tell(`${first.title || "Your edit"} now comes before ${second.title || "the other"}.`);
  });
}

/** Show how a running edit looks, as far as its client has asked for previews. */
async function look(row, id, name) {
  if (row.looking || Date.now() - (row.looked ?? 0) < LOOK) return;
  row.looking = true;
  try {
    const url = await preview(id);
    if (!url) return;
    URL.revokeObjectURL(row.look.src);
    row.look.src = url;
    row.look.alt = `${name}, so far`;
    row.look.hidden = false;
  } catch {
    // It has just ended, or the daemon is away, which the queue tells.
  } finally {
    row.looking = false;
    row.looked = Date.now();
  }
}

async function cancel(id, mine) {
  if (!mine && !(await sure("This is somebody else’s edit. Cancel it?", "Cancel it"))) return;
  await call("Cancel", { job_id: id });
  tell("The edit was cancelled.");
  find("main").focus();
}

function standing({ state, position = 0, eta_seconds: eta, step = 0, steps = 0, phase = "" }) {
  const left = eta === undefined ? "" : `, about ${lasting(eta)}`;
  switch (state) {
    case "JOB_STATE_RUNNING":
      // The steps of a recipe are parts of its stages; the bar shows them.
      if (phase.includes(": ")) return `Stage ${phase}${left && `${left} left`}`;
      return steps ? `Step ${step} of ${steps}${left && `${left} left`}` : "Running";
    case "JOB_STATE_PAUSED":
      return steps ? `Paused at step ${step} of ${steps}` : "Paused";
    default:
      return (position === 1 ? "Next" : `Place ${position}`) + (left && `${left} until it starts`);
  }
}
