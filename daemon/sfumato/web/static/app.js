// The page: who is there, and which of its views is shown.

import { maySignIn, signIn, signOut, watchQueue, who } from "./api.js";
import { find, tell } from "./dom.js";
import * as history from "./history.js";
import * as job from "./job.js";
import * as queue from "./queue.js";

const VIEWS = ["sign-in", "overview", "job"];
let watching = null;
let signedIn = false;

function show(view) {
  for (const name of VIEWS) find(name).hidden = name !== view;
}

/** Show what the address names: a job, or the overview. */
async function route() {
  if (!signedIn) return;
  const id = location.hash.match(/^#job=([0-9a-f]{32})$/)?.[1];
  if (id) {
    show("job");
    scrollTo(0, 0);
    await job.open(id);
  } else {
    const came = !find("job").hidden;
    show("overview");
    document.title = "Sfumato";
    if (came) history.back(job.left());
  }
}

function watch() {
  watching?.abort();
  watching = null;
  if (!signedIn || document.hidden) return;
  watching = new AbortController();
  watchQueue((told) => {
    queue.show(told);
    if (told) history.noticed(told);
    if (told) job.noticed(told);
  }, watching.signal);
}

async function enter(person) {
  signedIn = true;
  find("name").textContent = person.name;
  find("who").hidden = false;
  queue.enter(person.admin);
  await history.enter();
  watch();
  await route();
}

function leave() {
  const was = signedIn;
  signedIn = false;
  watch();
  find("who").hidden = true;
  find("token").value = "";
  queue.leave();
  history.leave();
  show("sign-in");
  if (was) tell("You are signed out.");
  find("token").focus();
}

async function start() {
  const code = location.hash.match(/^#code=([\w-]+)$/)?.[1];
  if (code) {
    // It works once; nobody shall read it afterwards all the same.
    window.history.replaceState(null, "", "/");
    try {
      await enter(await signIn({ code }));
      return;
    } catch (error) {
      find("sign-in-error").textContent = error.message;
    }
  }
  if (!maySignIn()) {
    leave();
    return;
  }
  try {
    await enter(await who());
  } catch (error) {
    if (error.status !== 401) tell(error.message);
    leave();
  }
}

find("sign-in-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  find("sign-in-error").textContent = "";
  try {
    const person = await signIn({ token: find("token").value.trim() });
    find("token").value = "";
    await enter(person);
    find("main").focus({ preventScroll: true });
  } catch (error) {
    find("sign-in-error").textContent = error.message;
    find("token").focus();
  }
});

// Light, dark, or as the system has it.
const THEMES = ["system", "light", "dark"];

function paint(theme) {
  document.documentElement.dataset.theme = theme;
  find("theme").textContent = `Theme: ${theme}`;
}

find("theme").addEventListener("click", () => {
  const theme = THEMES[(THEMES.indexOf(document.documentElement.dataset.theme) + 1) % 3];
  localStorage.setItem("sfumato-theme", theme);
  paint(theme);
});

const painted = localStorage.getItem("sfumato-theme");
paint(THEMES.includes(painted) ? painted : "system");
find("sign-out").addEventListener("click", signOut);
addEventListener("signed-out", leave);
addEventListener("hashchange", route);
document.addEventListener("visibilitychange", watch);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !find("job").hidden && !find("ask").open) location.hash = "";
});
start();
