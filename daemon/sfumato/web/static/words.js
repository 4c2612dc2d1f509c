// What the daemon says, in words for people.

const STATES = {
  JOB_STATE_QUEUED: "waiting",
  JOB_STATE_PAUSED: "paused",
  JOB_STATE_RUNNING: "running",
  JOB_STATE_DONE: "done",
  JOB_STATE_FAILED: "failed",
  JOB_STATE_CANCELLED: "cancelled",
};

export const state = (name) => STATES[name] ?? "unknown";

/** A job's name: its title, or what made it. */
export const named = (job) => job.title || job.model || "An edit";

/** How long something takes, roughly. */
export function lasting(seconds) {
  if (seconds < 1) return "under a second";
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

const DAY = { day: "numeric", month: "short" };
const CLOCK = { hour: "2-digit", minute: "2-digit" };

/** When something was: the time today, else the day, too. */
export function when(stamp) {
  const then = new Date(stamp);
  const today = then.toDateString() === new Date().toDateString();
  return then.toLocaleString([], today ? CLOCK : { ...DAY, ...CLOCK });
}

/** The same in full. */
export const moment = (stamp) =>
  new Date(stamp).toLocaleString([], { dateStyle: "long", timeStyle: "medium" });

const ENUMS = /^(OPERATION|SCHEDULER|GRAY_MEANING|MASKED_CONTENT|MODE|KIND)_/;

/** A parameter's value: the wire's words without their prefixes, tables as text. */
export function value(given) {
  if (typeof given === "string") {
    return ENUMS.test(given) ? given.replace(ENUMS, "").toLowerCase().replaceAll("_", " ") : given;
  }
  if (typeof given === "number") return String(Math.round(given * 1000) / 1000);
  if (typeof given === "boolean") return given ? "yes" : "no";
  if (Array.isArray(given)) return given.map(value).join("; ");
  if (given.mode) return given.margin ? `${given.margin} px` : value(given.mode);
  return Object.entries(given).map(([name, one]) => `${spoken(name)} ${value(one)}`).join(", ");
}

/** A field's name. */
export const spoken = (name) => name.replaceAll("_", " ");

/** A name for a file, of letters that every system can hold. */
export const fileName = (text) => text.replace(/[^\p{L}\p{N} ._-]+/gu, "-").slice(0, 60).trim() || "edit";
