// Elements without markup: nothing that a client sent is ever parsed.

export const find = (id) => document.getElementById(id);

/** An element with properties (`class`, `aria-…`, `on…` and the DOM's own) and children. */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name in element && !name.includes("-")) element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** A button with a text. */
export function button(text, onclick, properties = {}) {
  return make("button", { type: "button", onclick, ...properties }, text);
}

let quiet;

/** Tell something in passing, also to those who listen. */
export function tell(text) {
  const told = find("told");
  clearTimeout(quiet);
  told.textContent = text;
  told.classList.add("shown");
  quiet = setTimeout(() => told.classList.remove("shown"), 6000);
}

/** Ask before something that cannot be undone; whether the answer is yes. */
export function sure(question, yes) {
  const dialog = find("ask");
  find("ask-question").textContent = question;
  find("ask-yes").textContent = yes;
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

/** Do what a button is for, once at a time, and tell what went wrong. */
export function doing(work) {
  return async (event) => {
    const pressed = event.currentTarget;
    if (pressed.getAttribute("aria-disabled") === "true") return;
    pressed.setAttribute("aria-disabled", "true");
    try {
      await work();
    } catch (error) {
      tell(error.message);
    } finally {
      pressed.removeAttribute("aria-disabled");
    }
  };
}
