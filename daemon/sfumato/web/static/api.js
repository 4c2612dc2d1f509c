// The daemon, as this page talks to it. The session's cookie is the browser's own affair; the key
// that goes with it stays with this origin, as cookies do not tell one port from another.

const KEY = "sfumato-key";
const PARALLEL = 4; // Browsers hold six connections, and the queue has one of them.
const PICTURES = 300;

export class Refused extends Error {
  constructor(status, said) {
    super(said.message || "The daemon refused that.");
    this.status = status;
    this.reason = said.reason;
  }
}

const keyed = () => ({ "x-sfumato-key": localStorage.getItem(KEY) ?? "" });

export const maySignIn = () => localStorage.getItem(KEY) !== null;

async function ask(method, path, body, signal) {
  const headers = keyed();
  if (body !== undefined) headers["content-type"] = "application/json";
  let response;
  try {
    response = await fetch(path, { method, headers, body: body && JSON.stringify(body), signal });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Error("The daemon does not answer. Is it running?");
  }
  if (response.ok) return response;
  const said = await response.json().catch(() => ({}));
  if (response.status === 401) signedOut();
  throw new Refused(response.status, said);
}

/** Call a method of the gRPC service. */
export async function call(method, body = {}) {
  return (await ask("POST", `/api/${method}`, body)).json();
}

/** Sign in with `{token}` or `{code}`; who that is. */
export async function signIn(secret) {
  const told = await (await ask("POST", "/api/session", secret)).json();
  localStorage.setItem(KEY, told.key);
  return told;
}

export const who = async () => (await ask("GET", "/api/session")).json();

export async function signOut() {
  await ask("DELETE", "/api/session").catch(() => null);
  signedOut();
}

function signedOut() {
  localStorage.removeItem(KEY);
  for (const url of pictures.values()) url.then(URL.revokeObjectURL, () => null);
  pictures.clear();
  dispatchEvent(new Event("signed-out"));
}

/** Do a job of the history once more; the new job's id. */
export async function replay(id) {
  return (await (await ask("POST", `/api/jobs/${id}/replay`, {})).json()).job_id;
}

// Pictures.

const pictures = new Map();
const waiting = [];
let underWay = 0;

const place = (id, kind, variation, side) =>
  `/api/jobs/${id}/${kind}?variation=${variation}&side=${side}`;

/** A picture for the eye, as an address that an image can show. */
export function picture(id, kind, variation, side) {
  const path = place(id, kind, variation, side);
  const known = pictures.get(path);
  if (known) return known;
  const url = turn(async () => URL.createObjectURL(await (await ask("GET", path)).blob()));
  pictures.set(path, url);
  url.catch(() => pictures.delete(path));
  if (pictures.size > PICTURES) {
    const [oldest, old] = pictures.entries().next().value;
    pictures.delete(oldest);
    old.then(URL.revokeObjectURL, () => null);
  }
  return url;
}

/** A whole picture, lossless. */
export const whole = async (id, kind, variation) =>
  (await ask("GET", place(id, kind, variation, 0))).blob();

/** How a running edit looks so far, as an address for an image; null while there is nothing. */
export async function preview(id) {
  const seen = await (await ask("GET", `/api/jobs/${id}/preview`)).blob();
  return seen.size ? URL.createObjectURL(seen) : null;
}

function turn(work) {
  return new Promise((resolve, reject) => {
    waiting.push(() => work().then(resolve, reject));
    next();
  });
}

function next() {
  if (underWay >= PARALLEL || waiting.length === 0) return;
  underWay += 1;
  // The latest first: it is what is on the screen.
  waiting.pop()().finally(() => {
    underWay -= 1;
    next();
  });
}

// The queue.

/** Tell the queue now and whenever it changes, and null while the daemon is away, until `signal`. */
export async function watchQueue(tellQueue, signal) {
  let pause = 500;
  while (!signal.aborted) {
    try {
      const response = await ask("GET", "/api/queue", undefined, signal);
      for await (const told of lines(response.body)) {
        if (told.refusal) break;
        pause = 500;
        tellQueue(told);
      }
    } catch (error) {
      if (signal.aborted || error.status === 401) return;
      tellQueue(null);
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
    pause = Math.min(pause * 2, 10000);
  }
}

async function* lines(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  while (true) {
    const { value, done } = await reader.read();
    if (done) return;
    const parts = (rest + value).split("\n");
    rest = parts.pop();
    for (const part of parts) yield JSON.parse(part);
  }
}
