// The prediction: an answer, a confidence, a lock. After the commit, what was predicted, for good.

import { clock, h, setHtml } from "./dom.js";
import { commitForm } from "./form.js";
import { icon } from "./icons.js";

export function prediction(page, act) {
  const spec = act.prediction;
  const node = h("div");
  let form = null;
  let locked = false;

  function update({ prediction: now }) {
    if (!now) return;
    if (now.committed && !locked) {
      locked = true;
      form?.done();
      node.replaceChildren(committed(now));
    } else if (!now.committed && !form) {
      form = commitForm({
        page, act: act.id, kind: "predicted", question: spec.question_html, button: "Lock my prediction",
        groups: [
          { name: "option", items: spec.options.map(({ id, text }) => ({ value: id, text })), missing: "Choose an answer.", layout: "rows" },
          { name: "confidence", legend: "How sure are you?", items: spec.confidences, missing: "Say how sure you are.", layout: "segments" },
        ],
        payload: ({ option, confidence }) => ({ option, confidence }),
      });
      node.replaceChildren(form.node);
    } else form?.sync();
  }

  update(act);
  return { node, update };
}

function committed({ question_html, options, confidences, committed: { option, confidence, at } }) {
  const question = h("div.prose.question");
  setHtml(question, question_html);
  const sure = confidences.find((one) => one.value === confidence)?.text ?? "";
  return h("div", null, question,
    h("ul.rows.fixed", null, options.map((one) => (one.id === option ? chosen(one.text) : h("li", null, one.text)))),
    h("p.locked-line", null, icon("lock"), `Locked ${clock(at)}${sure ? `, confidence ${sure}` : ""}. The first prediction stays.`));
}

const chosen = (text) => h("li.chosen", null, h("span", null, text), h("strong.tag", null, "Your prediction"));
