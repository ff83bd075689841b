// A form that commits once: radio groups, an optional text, one button.
//
// The button is never silently disabled: pressed too early it says what is missing and takes the learner there. What is chosen and
// typed is kept in this browser until the server has stored it, and while the intent waits in the queue the form is closed, so
// that what is on its way cannot be changed any more.

import { attr, h, say, setHtml, uid } from "./dom.js";
import { intervalSet } from "./interval.js";

const LONGEST = 2000; // characters of a sentence; the server refuses more

const SLOW = 1500; // ms until the page says where the answer is
const KEPT = "Not saved yet. It is kept in this browser and sent as soon as the server answers.";

// groups: [{ name, kind, … }], kind "radio" (default: { legend, items: [{ value, text }], missing, layout: "rows" | "segments" }, values
// compared by position), "interval" ({ entry }: low, best and high of a number) or "picks" ({ legend, items, count }: so many of them).
// payload(values) makes the intent's payload from { [name]: value, text }; restore(payload) goes the other way.
export function commitForm({ page, act, kind, question, groups, ask, button, payload, restore = (sent) => sent }) {
  const draftKey = `ironlaw:draft:${page.lab}:${act}:${kind}`;
  const sets = groups.map((group) => SETS[group.kind ?? "radio"](group));
  const area = ask && h("textarea", { id: uid("text"), rows: 3, maxlength: LONGEST });
  const message = h("p.form-message", { role: "status", id: uid("said") });
  const submit = h("button.primary", { type: "submit", "aria-describedby": message.id }, button);
  const inputs = h("fieldset.plain", { role: "presentation" }, sets.map((set) => set.node),
    area && h("p.ask", null, h("label", { for: area.id }, ask), area), h("p.commit", null, submit));
  const heading = h("div.prose.question", { id: uid("question") });
  setHtml(heading, question);
  const node = h("form.commit-form", { novalidate: true, "data-commits": `${act} ${kind}`, on: { submit: send, input: keepDraft } }, heading, inputs, message);
  attr(sets[0].node, "aria-labelledby", heading.id);

  const values = () => ({ ...Object.fromEntries(sets.map((set) => [set.name, set.value()])), text: area?.value.trim() ?? "" });

  function fill(saved) {
    if (!saved) return;
    for (const set of sets) set.set(saved[set.name]);
    if (area && saved.text) area.value = saved.text;
  }

  function keepDraft() {
    if (!inputs.disabled) say(message, "");
    page.keep.set(draftKey, values());
  }

  function close(closed, words) {
    inputs.disabled = closed;
    say(message, words);
  }

  async function send(event) {
    event.preventDefault();
    if (inputs.disabled) return;
    const open = sets.find((set) => set.value() === undefined);
    if (open) {
      say(message, sets.filter((set) => set.value() === undefined).map((set) => set.missing).join(" "));
      open.focus();
      return;
    }
    close(true, "Saving …");
    const slow = setTimeout(close, SLOW, true, KEPT);
    const { error } = await page.commit(kind, act, payload(values()));
    clearTimeout(slow);
    if (error) close(false, `Not saved: ${error.message}`);
  }

  // Closed while the intent waits in the queue, also after a reload.
  function sync() {
    const waiting = page.queue.pending(page.lab).find((intent) => intent.kind === kind && intent.act === act);
    if (waiting) {
      fill(restore(waiting.payload));
      close(true, KEPT);
    } else if (inputs.disabled) close(false, message.textContent);
  }

  fill(page.keep.get(draftKey));
  sync();
  return { node, sync, done: () => page.keep.remove(draftKey) };
}

const SETS = { radio: radioSet, interval: intervalSet, picks: pickSet };

function radioSet({ name, legend, items, missing, layout }) {
  const group = uid(name);
  const inputs = items.map((_, i) => h("input", { type: "radio", name: group, id: `${group}-${i}`, value: i }));
  const rows = items.map((item, i) => h("label", { for: inputs[i].id }, inputs[i], h("span", null, item.text)));
  const title = legend && h("p.legend-line", { id: `${group}-title` }, legend);
  const set = h(`div.${layout}`, { role: "radiogroup", "aria-labelledby": title?.id }, rows);
  const node = title ? h("div", null, title, set) : set;
  const checked = () => inputs.findIndex((input) => input.checked);
  return {
    name, missing, node,
    value: () => items[checked()]?.value,
    set: (value) => {
      const at = items.findIndex((item) => item.value === value);
      if (at >= 0) inputs[at].checked = true;
    },
    focus: () => inputs[0]?.focus(),
  };
}

// So many of the learner's own designs, by check box. What the server does not know any more is dropped.
function pickSet({ name, legend, items, count }) {
  const group = uid(name);
  const boxes = items.map((_, i) => h("input", { type: "checkbox", id: `${group}-${i}`, value: i }));
  const rows = items.map((item, i) => h("label", { for: boxes[i].id }, boxes[i], h("span", null, item.text)));
  const title = h("p.legend-line", { id: `${group}-title` }, legend);
  const node = h("div", null, title, h("div.rows", { role: "group", "aria-labelledby": title.id }, rows));
  const picked = () => items.filter((_, i) => boxes[i].checked).map((item) => item.value);
  return {
    name, node, missing: `Pick ${count} of your designs.`,
    value: () => (picked().length >= count ? picked() : undefined),
    set: (values) => boxes.forEach((box, i) => (box.checked = Boolean(values?.includes(items[i].value)))),
    focus: () => boxes[0]?.focus(),
  };
}
