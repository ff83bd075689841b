// The prediction: an answer with a confidence, or a number with its interval, and a lock. After the commit, what was predicted, for
// good. An act may ask a second question after a first look; it is the same form.

import { clock, h, setHtml } from "./dom.js";
import { figure } from "./figure.js";
import { commitForm } from "./form.js";
import { icon } from "./icons.js";

export const prediction = (page, act) => asked(page, act, "prediction", "predicted");

export function second(page, act) {
  const { look_html: words, figures = [] } = act.second;
  const look = h("div.prose");
  setHtml(look, words);
  const drawn = figures.map((spec) => figure(spec, `${act.id}-look-${spec.id}`).node);
  const question = asked(page, act, "second", "second");
  return { ...question, node: h("div", null, words && look, drawn.length > 0 && h("div.look", null, drawn), question.node) };
}

function asked(page, act, part, kind) {
  const node = h("div");
  let form = null;
  let locked = false;

  function update({ [part]: now }) {
    if (!now) return;
    if (now.committed && !locked) {
      locked = true;
      form?.done();
      node.replaceChildren(committed(now));
    } else if (!now.committed && !form) {
      form = commitForm({
        page, act: act.id, kind, question: now.question_html, button: "Lock my prediction",
        groups: now.entry ? [{ name: "interval", kind: "interval", entry: now.entry }] : choices(now),
        payload: ({ option, confidence, interval }) => interval ?? { option, confidence },
        restore: (payload) => ({ ...payload, interval: payload }),
      });
      node.replaceChildren(form.node);
    } else form?.sync();
  }

  update(act);
  return { node, update };
}

const choices = ({ options, confidences }) => [
  { name: "option", items: options.map(({ id, text }) => ({ value: id, text })), missing: "Choose an answer.", layout: "rows" },
  { name: "confidence", legend: "How sure are you?", items: confidences, missing: "Say how sure you are.", layout: "segments" },
];

function committed({ entry, question_html, options, confidences, committed: { option, confidence, text, at } }) {
  const question = h("div.prose.question");
  setHtml(question, question_html);
  const sure = confidences.find((one) => one.value === confidence)?.text ?? "";
  const rows = entry ? [chosen(text)] : options.map((one) => (one.id === option ? chosen(one.text) : h("li", null, one.text)));
  return h("div", null, question,
    h("ul.rows.fixed", null, rows),
    h("p.locked-line", null, icon("lock"), `Locked ${clock(at)}${sure ? `, confidence ${sure}` : ""}. The first prediction stays.`));
}

const chosen = (text) => h("li.chosen", null, h("span", null, text), h("strong.tag", null, "Your prediction"));
