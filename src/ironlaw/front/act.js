// One act, its parts in reading order: message, briefing, givens, prediction, instrument, reveal, reflection, Math Peek, decision.
//
// A part appears when the document holds it. What is still locked is named with what unlocks it; nothing of it is in the page.

import { h, say, setHtml, show } from "./dom.js";
import { icon } from "./icons.js";
import { instrument } from "./instrument.js";
import { mathPeek } from "./math.js";
import { prediction, second } from "./predict.js";
import { decision, reflection } from "./question.js";
import { reveal } from "./reveal.js";

// key of the document, step of the journey, heading, maker, and the words for the time when it is locked
const PARTS = [
  ["message", null, "Message", message],
  ["briefing_html", null, "Briefing", briefing],
  ["givens", null, "Givens", givens],
  ["prediction", "predict", "Prediction", prediction],
  ["second", "second", "Second prediction", second],
  ["instrument", "explore", "Instrument", explore, "opens when your prediction is locked"],
  ["reveal", "reveal", "Prediction and reality", reveal, "opens from the instrument, after your first move"],
  ["reflection", "reflect", "Reflection", reflection, "opens with the reveal"],
  ["math", "math", "Math Peek", mathPeek, "opens with your answer to the reflection"],
  ["decision", "decide", "Decision", decision, "opens with your answer to the reflection"],
];

// name: what the act is called in the journey, "Act 2" or "Mission 1"; before: the title of the act that opens it.
export function actView(page, first, name, before) {
  const node = h("section.act", { id: first.id, "aria-labelledby": `${first.id}-title` });
  const meta = h("p.act-meta", null, `${name}${first.minutes ? ` · ${first.minutes} minutes` : ""}`);
  const title = h("h2", { id: `${first.id}-title`, tabindex: -1, "data-unlock": true }, first.title);
  const closed = h("p.locked", null, icon("lock"), h("span", null, before ? `Opens when “${before}” is done.` : "Locked."));
  const ahead = h("ul.ahead");
  node.append(h("header.act-head", null, meta, title), closed);
  const made = new Map();

  function update(act) {
    const open = act.stage !== "locked";
    show(closed, !open);
    title.toggleAttribute("data-unlock", open);
    if (!open) return;
    let last = closed;
    for (const [key, step, heading, make] of PARTS) {
      if (!made.has(key) && present(act[key])) made.set(key, part(page, act, step ?? key, heading, make));
      const one = made.get(key);
      if (!one) continue;
      if (one.node.previousElementSibling !== last) last.after(one.node);
      last = one.node;
      one.update(act);
    }
    const locked = PARTS.filter(([key, , , , words]) => words && !made.has(key));
    if (locked.length === ahead.children.length) return;
    ahead.replaceChildren(...locked.map(([, , heading, , words]) => h("li", null, icon("lock"), h("span", null, h("strong", null, heading), ` ${words}.`))));
    if (last.nextElementSibling !== ahead) last.after(ahead);
    show(ahead, locked.length > 0);
  }

  const api = { node, update, instrument: () => made.get("instrument")?.view.instrument };
  update(first);
  return api;
}

const present = (value) => value !== null && value !== undefined && value !== "" && value?.length !== 0;

function part(page, act, step, heading, make) {
  const id = `${act.id}-${step}`.replace("_html", "");
  const view = make(page, act);
  const title = h("h3", { id: `${id}-title`, tabindex: -1, "data-unlock": true }, heading);
  const node = h("section", { class: `part part-${step.replace("_html", "")}`, id }, title, h("div.part-body", null, view.node));
  return { node, view, update: view.update ?? (() => {}) };
}

function message(page, { message: { from, html } }) {
  const words = h("div.prose");
  setHtml(words, html);
  return { node: h("div.message", null, h("p.from", null, from), words) };
}

function briefing(page, act) {
  const node = h("div.prose");
  setHtml(node, act.briefing_html);
  return { node };
}

const FIRST = 8; // givens that stand open; of a longer list the rest is folded

function givens(page, act) {
  const row = ({ label, text, source }) => h("div", null, h("dt", null, label), h("dd", null, h("span.value", null, text), source && h("span.source", null, source)));
  const list = (some) => h("dl.givens", null, some.map(row));
  const all = act.givens;
  if (all.length <= FIRST + 2) return { node: list(all) };
  const more = h("details.drawer.more-givens", null, h("summary", null, `All ${all.length} givens`), list(all.slice(FIRST)));
  return { node: h("div", null, list(all.slice(0, FIRST)), more) };
}

// The instrument and, until the reveal, the button that asks for it.
function explore(page, act) {
  const view = instrument(page, act);
  const words = h("p.form-message", { role: "status" });
  const button = h("button.primary", { type: "button", on: { click: ask } }, "Compare with my prediction");
  const footer = h("div.ask-reveal", null, h("p.commit", null, button), words);
  let goals = act.instrument.goals ?? [];
  let quotas = act.instrument.quotas ?? [];

  async function ask() {
    view.flush();
    const moved = goals.find((goal) => goal.id === "moved");
    if (moved && !moved.done && !page.queue.pending(page.lab).some((intent) => intent.kind === "moved" && intent.act === act.id)) {
      say(words, "Move a control first: the comparison needs something to compare with.");
      return;
    }
    const short = quotas.find((quota) => !quota.open);
    if (short) {
      say(words, `Not yet: ${short.text} ${short.count} of ${short.of} so far.`);
      return;
    }
    button.disabled = true;
    say(words, "Saving …");
    const { error } = await page.commit("revealed", act.id, {});
    button.disabled = false;
    say(words, error ? `Not saved: ${error.message}` : "");
  }

  function update(now) {
    show(footer, now.stage === "explore");
    if (!now.instrument) return;
    goals = now.instrument.goals ?? [];
    quotas = now.instrument.quotas ?? [];
    view.update(now);
  }

  const api = { ...view, goals: (items) => ((goals = items), view.goals(items)), quotas: (items) => ((quotas = items), view.quotas(items)) };
  update(act);
  return { node: h("div", null, view.node, footer), update, instrument: api };
}
