// One job: its pictures, its parameters, and what can be done with it.

import { call, replay, whole } from "./api.js";
import { alone, compare } from "./compare.js";
import { button, doing, find, make, sure, tell } from "./dom.js";
import { all, forgotten } from "./history.js";
import { fileName, lasting, moment, named, spoken, state, value } from "./words.js";

const LOOK = 2000;

let looking;
let current = "";
let waitsFor = "";
let last = "";

/** Which job was shown before the wall came back. */
export function left() {
  current = waitsFor = "";
  return last;
}

/** Show a job. */
export async function open(id) {
  current = last = id;
  const view = find("job");
  view.replaceChildren(make("p", { class: "hint" }, "…"));
  try {
    const record = await call("GetJob", { job_id: id });
    if (current !== id) return;
    await show(view, record);
  } catch (error) {
    if (current === id) view.replaceChildren(overview(), make("p", { class: "bad" }, error.message));
  }
}

/** A job that has not ended is shown anew when it leaves the queue. */
export function noticed(told) {
  const there = (told.entries ?? []).some((entry) => entry.job_id === waitsFor);
  if (waitsFor && waitsFor === current && !there) open(current);
}

/** The same, for one that has left the queue before anybody looked. */
function lookAgain(id) {
  clearTimeout(looking);
  looking = setTimeout(async () => {
    if (waitsFor !== id || current !== id) return;
    const record = await call("GetJob", { job_id: id }).catch(() => null);
    if (waitsFor !== id || current !== id) return;
    if (record?.summary.ended_at) open(id);
    else lookAgain(id);
  }, LOOK);
}

const overview = () => make("a", { href: "#", class: "back" }, "← All edits");

async function show(view, record) {
  const job = record.summary;
  const name = named(job);
  const ended = Boolean(job.ended_at);
  waitsFor = ended ? "" : job.job_id;
  if (!ended) lookAgain(job.job_id);
  const made = (record.result_digests ?? []).flatMap((digest, number) => (digest ? [number] : []));
  const results = job.results_kept ? made : [];
  const pictures = results.length
    ? compare(job.job_id, name, results)
    : { element: job.inputs_kept ? alone(job.job_id, name) : gone(), variation: () => 0 };
  const title = make("h1", { tabIndex: -1 }, name);
  const actions = make("div", { class: "buttons" }, ...buttons(record, name, results.length > 0, pictures, ended));
  view.replaceChildren(overview(), heading(title, record), actions, pictures.element, facts(record));
  document.title = `${name} · Sfumato`;
  title.focus();
  const compared = await likeness(record);
  if (compared && current === job.job_id) actions.after(compared);
}

function heading(title, { summary: job, notices = [] }) {
  const failed = job.error ? make("p", { class: "bad" }, job.error) : null;
  const line = [state(job.state), moment(job.created_at), job.model, job.client && `from ${job.client}`];
  const notes = notices.map((notice) => make("p", { class: "note" }, notice));
  return make("div", {}, title, make("p", { class: "hint" }, line.filter(Boolean).join(" · ")), failed, ...notes);
}

const gone = () => make("p", { class: "empty" }, "The daemon no longer has the pictures of this edit.");

function* buttons(record, name, results, pictures, ended) {
  const { job_id: id, inputs_kept: kept } = record.summary;
  const file = fileName(name);
  yield button("Copy parameters", doing(() => copy(record)));
  if (kept && ended) yield button("Replay", doing(() => again(id)));
  if (results) {
    const number = () => pictures.variation();
    const after = () => download(id, "after", number(), `${file}-after-${number() + 1}.png`);
    yield button("Download result", doing(after), { class: "main" });
    yield button("Download mask", doing(() => download(id, "mask", 0, `${file}-mask.png`)));
  }
  if (kept) yield button("Download before", doing(() => download(id, "before", 0, `${file}-before.png`)));
  if (ended) yield button("Forget", doing(() => forget(id, name)), { class: "quiet" });
  else yield button("Cancel", doing(() => call("Cancel", { job_id: id })), { class: "quiet" });
}

async function copy(record) {
  await navigator.clipboard.writeText(JSON.stringify(record.resolved ?? record.requested, null, 2));
  tell("The parameters are in the clipboard.");
}

async function again(id) {
  const job = await replay(id);
  tell("It is done again, and will say whether the result is the same.");
  location.hash = `#job=${job}`;
}

async function download(id, kind, variation, name) {
  const url = URL.createObjectURL(await whole(id, kind, variation));
  make("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60000);
  tell(`${name} is on its way to your downloads.`);
}

async function forget(id, name) {
  if (!(await sure(`Delete “${name}” with its pictures from the daemon? Nothing can bring it back.`, "Delete it"))) return;
  await call("ForgetJobs", { job_id: id });
  forgotten(id);
  tell("The edit is forgotten.");
  location.hash = "";
}

/** Whether a replay gave the same as its model, to the bit. */
async function likeness(record) {
  const beginning = record.summary.title?.match(/^Replay of ([0-9a-f]{8})$/)?.[1];
  if (!beginning || record.summary.state !== "JOB_STATE_DONE") return null;
  const source = (await all()).find((job) => job.job_id.startsWith(beginning));
  if (!source) return null;
  const before = await call("GetJob", { job_id: source.job_id });
  const same = String(before.result_digests) === String(record.result_digests);
  return make(
    "p",
    { class: same ? "good" : "note" },
    same ? "Bit-identical to " : "Not the same as ",
    make("a", { href: `#job=${source.job_id}` }, named(source)),
    same ? "." : `: ${changes(before.environment, record.environment)}.`,
  );
}

function changes(then = {}, now = {}) {
  const names = [...new Set([...Object.keys(then), ...Object.keys(now)])].filter((name) => then[name] !== now[name]);
  const told = names.map((name) => `${name} was ${then[name] ?? "-"} and is ${now[name] ?? "-"}`);
  return told.join(", ") || "the engine does not repeat itself to the bit here";
}

function facts(record) {
  const { summary: job, canvas, environment = {}, seconds = {}, seeds = [] } = record;
  const size = job.bounds ? `${job.bounds.width} × ${job.bounds.height} of ${canvas.width} × ${canvas.height}` : "";
  const times = Object.entries(seconds).filter(([, took]) => took >= 0.005);
  const lists = [
    ["Parameters", parameters(record)],
    ...((record.stages ?? []).length ? [["Stages", record.stages.map(stage)]] : []),
    ["Made", [
      ["picture", size],
      ["seeds", seeds.join(", ")],
      ...times.map(([part, took]) => [spoken(part), took < 1 ? `${took.toFixed(2)} s` : lasting(took)]),
      ...Object.entries(environment).sort(),
      ["edit", job.job_id],
    ]],
  ];
  return make("div", { class: "facts" }, ...lists.map(([title, pairs]) => list(title, pairs)));
}

/** What was used, without what was not wanted. */
function parameters({ resolved, requested = {} }) {
  const used = Object.entries(resolved ?? requested).filter(([, one]) => one !== false);
  return used.map(([key, one]) => [spoken(key), value(one)]);
}

/** A pass of a recipe: what it does beside what all of them share. */
function stage({ name, boundary, parameters: used = {} }) {
  const own = ["model", "strength", "steps", "masked_content"].filter((key) => used[key] !== undefined);
  const told = own.map((key) => `${spoken(key)} ${value(used[key])}`);
  return [name, [...(boundary ? ["the border"] : []), ...told].join(", ")];
}

function list(title, pairs) {
  const rows = pairs
    .filter(([, text]) => text !== "")
    .map(([name, text]) => make("div", {}, make("dt", {}, name), make("dd", {}, text)));
  return make("section", {}, make("h2", {}, title), make("dl", {}, ...rows));
}
