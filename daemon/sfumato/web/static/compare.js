// Before, mask and after: with a slider between the first and the last, or side by side.

import { picture } from "./api.js";
import { button, make } from "./dom.js";

const SIDE = 1600;
let style = "slider"; // Kept from one job to the next.

/** The pictures of a job, with `variations` whose results there are; `name` for who listens. */
export function compare(id, name, variations) {
  const shown = make("div", { class: "shown" });
  const chooser = make("div", { class: "choice", role: "group", "aria-label": "How to compare" });
  const which = make("div", { class: "choice", role: "group", "aria-label": "Which result" });
  let variation = variations[0];

  function draw() {
    const figure = style === "slider" ? slider : sideBySide;
    shown.replaceChildren(figure(id, name, variation));
  }

  function choice(text, pressed, onclick) {
    return button(text, onclick, { "aria-pressed": pressed });
  }

  function press(group, one) {
    for (const each of group.children) each.setAttribute("aria-pressed", each === one);
    draw();
  }

  for (const [text, value] of [["Slider", "slider"], ["Side by side", "side"]]) {
    const one = choice(text, style === value, () => {
      style = value;
      press(chooser, one);
    });
    chooser.append(one);
  }
  for (const number of variations) {
    const one = choice(`Result ${number + 1}`, number === variation, () => {
      variation = number;
      press(which, one);
    });
    which.append(one);
  }
  draw();
  const bar = make("div", { class: "bar" }, chooser, variations.length > 1 ? which : null);
  return { element: make("div", { class: "compare" }, bar, shown), variation: () => variation };
}

/** The picture alone, where there is no result. */
export const alone = (id, name) =>
  make("div", { class: "shown" }, make("div", { class: "mat" }, image(id, "before", 0, `${name}, before`)));

function slider(id, name, variation) {
  const range = make("input", {
    type: "range", min: 0, max: 100, step: 0.5, value: 50, "aria-label": "Where before ends and after begins",
  });
  const mat = make(
    "div",
    { class: "mat slider" },
    image(id, "before", 0, `${name}, before`),
    image(id, "after", variation, `${name}, after`, "over"),
    make("span", { class: "line", "aria-hidden": "true" }),
    make("span", { class: "tag left", "aria-hidden": "true" }, "Before"),
    make("span", { class: "tag right", "aria-hidden": "true" }, "After"),
    range,
  );
  function move() {
    mat.style.setProperty("--at", `${range.value}%`);
    range.setAttribute("aria-valuetext", `${Math.round(range.value)} percent before, the rest after`);
  }
  range.addEventListener("input", move);
  move();
  return mat;
}

function sideBySide(id, name, variation) {
  const part = (kind, title) =>
    make(
      "figure",
      {},
      make("div", { class: "mat" }, image(id, kind, variation, `${name}, ${kind}`)),
      make("figcaption", {}, title),
    );
  return make("div", { class: "side" }, part("before", "Before"), part("mask", "Mask"), part("after", "After"));
}

function image(id, kind, variation, alt, look = "") {
  const shown = make("img", { alt, class: look });
  picture(id, kind, kind === "after" ? variation : 0, SIDE).then(
    (url) => {
      shown.addEventListener("load", () => fit(shown), { once: true });
      shown.src = url;
    },
    (error) => shown.replaceWith(make("p", { class: "hint" }, error.message)),
  );
  return shown;
}

/** As large as there is room for, small ones enlarged a little. */
function fit(image) {
  const { naturalWidth: width, naturalHeight: height } = image;
  image.closest(".mat")?.style.setProperty("--width", `${Math.min(width * 3, 1600)}px`);
  image.closest(".mat")?.style.setProperty("--ratio", width / height);
}
