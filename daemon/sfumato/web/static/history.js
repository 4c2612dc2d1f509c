// The jobs that have ended, newest first, as a wall of pictures.

import { call, picture } from "./api.js";
import { button, find, make, tell } from "./dom.js";
import { moment, named, state, when } from "./words.js";

const PAGE = 60;
const SIDE = 480;
const LOOK = 3000;
const ENDED = ["JOB_STATE_DONE", "JOB_STATE_FAILED", "JOB_STATE_CANCELLED"];
const CHOICES = { All: ENDED, Done: [ENDED[0]], Failed: [ENDED[1]], Cancelled: [ENDED[2]] };

let chosen = "All";
let next = "";
let jobs = [];
let mine = new Set();
let asked = 0;
let looking;

const seen = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      seen.unobserve(target);
      draw(target);
    }
  },
  { rootMargin: "300px" },
);

export async function enter() {
  await reload();
  looking = setInterval(look, LOOK);
}

export function leave() {
  clearInterval(looking);
  jobs = [];
  mine = new Set();
  find("history").replaceChildren();
}

/** From a job's view back to the wall: where one was. */
export function back(id) {
  const card = id && document.querySelector(`#history a[href="#job=${id}"]`);
  if (card) card.focus();
  else find("main").focus({ preventScroll: true });
}

/** When one of the own jobs has ended, the history has one more. */
export function noticed(told) {
  const now = new Set((told.entries ?? []).filter((entry) => entry.mine).map((entry) => entry.job_id));
  const ended = [...mine].some((id) => !now.has(id));
  mine = now;
  if (ended) refresh().catch((error) => tell(error.message));
}

/** A job is no more. */
export function forgotten(id) {
  jobs = jobs.filter((job) => job.job_id !== id);
  document.querySelector(`#history a[href="#job=${id}"]`)?.closest("li").remove();
  empty();
}

/** All jobs that the daemon remembers; at most a thousand. */
export const all = async () => (await call("ListJobs", { page_size: 1000 })).jobs ?? [];

async function page(token) {
  return call("ListJobs", { page_size: PAGE, page_token: token, states: CHOICES[chosen] });
}

async function reload() {
  const turn = (asked += 1);
  const told = await page("");
  if (turn !== asked) return;
  jobs = told.jobs ?? [];
  next = told.next_page_token ?? "";
  find("history").replaceChildren(...jobs.map(card));
  find("more").hidden = !next;
  empty();
}

/** What is new at the top; the rest stays where it is. */
async function refresh() {
  const turn = asked;
  const told = await page("");
  if (turn !== asked) return;
  const known = new Set(jobs.map((job) => job.job_id));
  const fresh = (told.jobs ?? []).filter((job) => !known.has(job.job_id));
  jobs = [...fresh, ...jobs];
  find("history").prepend(...fresh.map(card));
  empty();
}

/** An edit of a moment comes and goes without the queue's ever showing it. */
async function look() {
  if (document.hidden) return;
  try {
    const told = await call("ListJobs", { page_size: 1, states: CHOICES[chosen] });
    if (told.jobs && told.jobs[0].job_id !== jobs[0]?.job_id) await refresh();
  } catch {
    // The queue tells when the daemon is away.
  }
}

async function more() {
  const turn = asked;
  const told = await page(next);
  if (turn !== asked) return;
  const first = (told.jobs ?? []).map(card);
  jobs.push(...(told.jobs ?? []));
  next = told.next_page_token ?? "";
  find("history").append(...first);
  find("more").hidden = !next;
  empty();
  first.find((each) => !each.hidden)?.querySelector("a").focus();
}

const sought = () => find("search").value.trim().toLowerCase();

const fits = (job, text) => `${job.title ?? ""} ${job.model ?? ""} ${job.client ?? ""}`.toLowerCase().includes(text);

function card(job) {
  const name = named(job);
  const frame = make("span", { class: "frame" });
  const link = make(
    "a",
    { href: `#job=${job.job_id}` },
    frame,
    make("span", { class: "title" }, name),
    make(
      "span",
      { class: "hint" },
      job.state === ENDED[0] ? "" : make("b", { class: "bad" }, `${state(job.state)} `),
      make("time", { dateTime: job.created_at, title: moment(job.created_at) }, when(job.created_at)),
      job.model && job.model !== name ? ` · ${job.model}` : "",
    ),
  );
  if (job.results_kept || job.inputs_kept) {
    frame.dataset.job = job.job_id;
    frame.dataset.kind = job.results_kept ? "after" : "before";
    seen.observe(frame);
  } else {
    frame.append(make("span", { class: "hint" }, "pictures gone"));
  }
  return make("li", { hidden: !fits(job, sought()) }, link);
}

async function draw(frame) {
  const { job, kind } = frame.dataset;
  try {
    frame.replaceChildren(make("img", { src: await picture(job, kind, 0, SIDE), alt: "" }));
  } catch {
    frame.replaceChildren(make("span", { class: "hint" }, "no picture"));
  }
}

function empty() {
  const text = sought();
  const none = !jobs.some((job) => fits(job, text));
  find("history-empty").hidden = !none;
  if (!none) return;
  if (text && next) find("history-empty").textContent = `Nothing with “${text}” among the latest ${jobs.length}.`;
  else if (text) find("history-empty").textContent = `Nothing with “${text}”.`;
  else if (chosen === "All") find("history-empty").textContent = "Edits that have ended are shown here.";
  else find("history-empty").textContent = "There are none.";
}

function search() {
  const text = sought();
  find("history")
    .querySelectorAll(":scope > li")
    .forEach((item, index) => (item.hidden = !fits(jobs[index], text)));
  empty();
}

for (const name of Object.keys(CHOICES)) {
  const one = button(name, async () => {
    chosen = name;
    for (const each of find("states").children) each.setAttribute("aria-pressed", each === one);
    await reload().catch((error) => tell(error.message));
  });
  one.setAttribute("aria-pressed", name === chosen);
  find("states").append(one);
}
find("more").addEventListener("click", () => more().catch((error) => tell(error.message)));
find("search").addEventListener("input", search);
