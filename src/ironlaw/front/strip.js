// The strip at the top: the journey, what comes next, and whether the work is saved.

import { attr, clock, h, pool, say, setHtml } from "./dom.js";
import { icon, setIcon } from "./icons.js";

const LONG = 12; // steps whose names still fit side by side
const STATES = { done: "done", now: "current step", locked: "locked" };

export function strip() {
  const groups = h("ol.journey");
  const count = h("span.count", { "aria-hidden": "true" });
  const next = h("a.next");
  const words = h("span");
  const saved = h("p.saved");
  const mark = icon("none");
  const savedText = h("span");
  saved.append(mark, savedText);
  const lead = h("strong");
  next.append(lead, " ", words);
  const node = h("div.strip", null,
    h("nav", { "aria-label": "Your way through the lab" }, groups),
    h("div.strip-line", null, count, next, saved));
  const acts = pool(groups, () => {
    const list = h("ol");
    const name = h("span.act-name");
    return { node: h("li.journey-act", null, name, list), name, steps: pool(list, stepItem) };
  });

  function next_(one) {
    say(lead, one?.stage === "done" ? "Done" : "Next");
    setHtml(words, one?.html);
    attr(next, "href", one?.stage && one.stage !== "done" ? anchor(one.act, one.stage) : null);
  }

  function update(doc) {
    const byAct = doc.acts.map((act) => ({ name: nameOf(act, doc.acts), steps: doc.journey.filter((step) => step.act === act.id) }));
    // Many acts: the names of the steps are shown where the learner is, the others are marks.
    attr(groups, "class", doc.journey.length > LONG ? "journey is-long" : "journey");
    acts(byAct, (one, { name, steps }) => {
      const done = steps.every((step) => step.state === "done");
      const here = steps.some((step) => step.state === "now") || (done && steps.at(-1) === doc.journey.at(-1));
      attr(one.node, "class", `journey-act${here ? " is-here" : ""}${done ? " is-done" : ""}`);
      say(one.name, name);
      one.steps(steps, (item, step) => item.patch(step));
    });
    const at = doc.journey.findIndex((step) => step.state === "now");
    say(count, at >= 0 ? `${at + 1} / ${doc.journey.length}` : "");
    next_(doc.next);
  }

  // status: { state: "saving|saved|retrying|refused", at?, reason? }. Saved without a time: nothing was new, the last time stands.
  let last = null;
  function status({ state, at = last, reason }) {
    if (state === "saved") last = at;
    const text = { saving: "Saving …", saved: at ? `Saved ${clock(at)}` : "", retrying: "Not saved, retrying", refused: `Not saved: ${reason}` }[state];
    attr(saved, "class", `saved is-${state}`);
    setIcon(mark, { saved: at ? "done" : "none", retrying: "caution", refused: "violated" }[state] ?? "none");
    say(savedText, text);
  }

  return { node, update, status, next: next_ };
}

// Acts and missions are counted apart: "Act 2", "Mission 1".
export function nameOf(act, acts) {
  const like = acts.filter((one) => one.role === act.role);
  return `${act.role === "mission" ? "Mission" : "Act"} ${like.indexOf(act) + 1}`;
}

// The step "reflect" begins with the reveal, "decide" with the equations.
const anchor = (act, stage) => `#${act}-${{ reflect: "reveal", decide: "math" }[stage] ?? stage}`;

function stepItem() {
  const link = h("a");
  const [text, said, mark] = [h("span.step-name"), h("span.sr"), icon("none")];
  link.append(mark, text, said);
  const node = h("li", null, link);
  const patch = ({ act, stage, label, state }) => {
    attr(node, "class", `step is-${state}`);
    attr(link, "href", state === "locked" ? null : anchor(act, stage));
    attr(link, "aria-current", state === "now" ? "step" : null);
    setIcon(mark, state === "done" ? "done" : "none");
    say(text, label);
    say(said, `, ${STATES[state]}`);
  };
  return { node, patch };
}
