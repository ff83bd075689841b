// The two questions after a reveal: the reflection (its answer is checked by the engine) and the decision (it goes to the ledger).

import { clock, h, setHtml } from "./dom.js";
import { figure } from "./figure.js";
import { commitForm } from "./form.js";
import { icon } from "./icons.js";

export const reflection = (page, act) => question(page, act, {
  part: "reflection", kind: "reflected", button: "Record my answer", missing: "Choose an answer.",
  record: (spec) => spec.answered, title: "What the engine says",
});

export const decision = (page, act) => question(page, act, {
  part: "decision", kind: "decided", button: "Record my decision", missing: "Choose what you would do.",
  record: (spec) => spec.decided, title: "Recorded in your ledger",
  more: () => page.design(act.id),
});

function question(page, act, { part, kind, button, missing, record, title, more }) {
  const node = h("div");
  let form = null;
  let answer = null;
  let known = ""; // the designs that the form offers

  function update(next) {
    const spec = next[part];
    if (!spec) return;
    const given = record(spec);
    if (given) {
      form?.done();
      form = null;
      if (!answer) node.replaceChildren((answer = answered(page, act, spec, given, title)).node);
      answer.update(given);
      return;
    }
    const offered = JSON.stringify(spec.cites?.designs ?? []);
    if (form && offered === known) form.sync();
    else {
      known = offered; // a new design can be cited: the form is made anew, and takes up its draft
      const picks = spec.cites && { name: "cites", kind: "picks", legend: spec.cites.text, count: spec.cites.count, items: spec.cites.designs.map(({ id, text }) => ({ value: id, text })) };
      form = commitForm({
        page, act: act.id, kind, question: spec.question_html, button, ask: spec.ask_text,
        groups: [{ name: "option", items: spec.options.map(({ id, text }) => ({ value: id, text })), missing, layout: "rows" }, ...(picks ? [picks] : [])],
        payload: ({ option, text, cites }) => ({ option, ...(text ? { text } : {}), ...(cites ? { cites } : {}), ...more?.() }),
      });
      node.replaceChildren(form.node);
    }
  }

  update(act);
  return { node, update };
}

function answered(page, act, spec, given, title) {
  const asked = h("div.prose.question");
  setHtml(asked, spec.question_html);
  const rows = spec.options.map((one) => (one.id === given.option ? h("li.chosen", null, h("span", null, one.text), h("strong.tag", null, "Your answer")) : h("li", null, one.text)));
  const cited = (spec.cites?.designs ?? []).filter((design) => given.cites?.includes(design.id));
  const text = [given.text && h("blockquote.own", null, h("p", null, given.text)), cited.length > 0 && h("ul.cited", null, cited.map((design) => h("li", null, design.text)))];
  const verdict = given.correct === undefined ? null : h("p.verdict", { class: given.correct ? "verdict is-ok" : "verdict is-caution" }, icon(given.correct ? "ok" : "caution"), given.correct ? "The engine agrees." : "The engine disagrees.");
  const body = h("div.prose");
  const axis = given.axis && figure(given.axis, `${act.id}-reflect-axis`);
  const when = given.at && h("p.locked-line", null, icon("lock"), `Recorded ${clock(given.at)}.`);
  const node = h("div", null, asked, h("ul.rows.fixed", null, rows), text,
    h("h4", { tabindex: -1, "data-unlock": true }, title), verdict, body, axis?.node, given.try && tryButton(page, act.id, given.try), when);
  const update = (now) => {
    setHtml(body, now.html);
    if (axis && now.axis) axis.update(now.axis);
  };
  return { node, update };
}

// Sets the instrument to the settings that show it, and takes the learner there.
export function tryButton(page, act, attempt) {
  return h("p.commit", null, h("button.secondary", { type: "button", on: { click: (event) => page.show(act, attempt.settings, event) } }, attempt.text || "Show me"));
}
