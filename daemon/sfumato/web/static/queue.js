// What runs and waits now, as it happens.

import { call } from "./api.js";
import { button, doing, find, make, sure, tell } from "./dom.js";
import { lasting } from "./words.js";

const rows = new Map();
let admin = false;

export function enter(isAdmin) {
  admin = isAdmin;
  find("daemon").hidden = !admin;
}

export function leave() {
  rows.clear();
  find("queue").replaceChildren();
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
  const seen = new Set();
  let others = 0;
  for (const entry of entries) {
    const key = entry.job_id || `other-${others++}`;
    seen.add(key);
    const row = rows.get(key) ?? made(key);
    fill(row, entry);
    find("queue").append(row.element); // In order, and a row that is there keeps its focus.
  }
  for (const [key, row] of rows) {
    if (seen.has(key)) continue;
    row.element.remove();
    rows.delete(key);
  }
}

function summary(told, entries) {
  const parts = [];
  if (told.paused) parts.push("An admin has paused the daemon: waiting edits do not start.");
  if (told.draining) parts.push("It takes no new edits, as an admin has set it to finish.");
  if (!entries.length) parts.push("Nothing runs or waits.");
  return parts.join(" ");
}

function devices(list) {
  const told = list.map(({ name, running = 0 }) =>
    make("li", { class: running ? "busy" : "" }, `${name} · ${running ? `${running} running` : "idle"}`),
  );
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
    title: make("span", { class: "title" }),
    state: make("span", { class: "hint" }),
    progress: make("progress", { max: 1 }),
    hold: button("", null, { class: "quiet" }),
    cancel: button("Cancel", null, { class: "quiet" }),
  };
  row.buttons = make("div", { class: "buttons" }, row.hold, row.cancel);
  row.element = make("li", {}, row.title, row.state, row.progress, row.buttons);
  rows.set(key, row);
  return row;
}

function fill(row, entry) {
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
  const held = entry.state === "JOB_STATE_PAUSED";
  row.hold.hidden = !mine;
  row.hold.textContent = held ? "Go on" : "Pause";
  row.hold.setAttribute("aria-label", `${row.hold.textContent}: ${name}`);
  row.hold.onclick = doing(() => call("UpdateJob", { job_id: id, paused: !held }));
  row.cancel.hidden = !id;
  row.cancel.setAttribute("aria-label", `Cancel: ${name}`);
  row.cancel.onclick = doing(() => cancel(id, mine));
}

async function cancel(id, mine) {
  if (!mine && !(await sure("This is somebody else’s edit. Cancel it?", "Cancel it"))) return;
  await call("Cancel", { job_id: id });
  tell("The edit was cancelled.");
  find("main").focus();
}

function standing({ state, position = 0, eta_seconds: eta, step = 0, steps = 0 }) {
  const left = eta === undefined ? "" : `, about ${lasting(eta)}`;
  switch (state) {
    case "JOB_STATE_RUNNING":
      return steps ? `Step ${step} of ${steps}${left && `${left} left`}` : "Running";
    case "JOB_STATE_PAUSED":
      return steps ? `Paused at step ${step} of ${steps}` : "Paused";
    default:
      return (position === 1 ? "Next" : `Place ${position}`) + (left && `${left} until it starts`);
  }
}
