// What an instrument shows: cards, limits, figures, the challenge and the goals. Built once, patched from each RESULT.

import { attr, h, pool, say, setHtml, show } from "./dom.js";
import { figure } from "./figure.js";
import { icon, setIcon } from "./icons.js";

const WORDS = { ok: "within its limit", caution: "close to its limit", violated: "over its limit", none: "" };

// Cards: one number each, aligned above the charts. The failing constraint of a card stands in place of its note.
function cards() {
  const node = h("dl.cards");
  const all = pool(node, () => {
    const [label, value, note, mark, said] = [h("span"), h("span.value"), h("span.note"), icon("none"), h("span.sr")];
    const card = h("div.card", null, h("dt", null, label), h("dd", null, h("span.reading", null, value, mark, said), note));
    return { node: card, label, value, note, mark, said };
  });
  let columns = 0;
  const update = (items, constraints) => {
    if (columns !== items.length) {
      columns = items.length;
      node.style.setProperty("--columns", String(columns > 4 ? Math.ceil(columns / 2) : columns));
    }
    all(items, (one, card) => {
      const broken = constraints.find((limit) => limit.violated && limit.card === card.id);
      const state = broken ? "violated" : (card.state ?? "none");
      attr(one.node, "class", `card is-${state}`);
      attr(one.node, "title", card.help ?? null);
      say(one.label, card.label);
      say(one.value, card.text);
      say(one.note, broken ? `${broken.name}: ${broken.value}, limit ${broken.limit}` : (card.note ?? ""));
      say(one.said, WORDS[state] ? `, ${WORDS[state]}` : "");
      setIcon(one.mark, state);
    });
  };
  return { node, update };
}

// Limits: each constraint as a bar that fills towards its limit, and one sentence on how things stand. They are always there and
// keep their height, so that nothing moves under the pointer when a limit breaks.
function limits() {
  const list = h("ul.limits");
  const [mark, words] = [icon("ok"), h("span")];
  const status = h("p.status", null, mark, words);
  const node = h("div.annunciator", null, h("h4.sr", null, "Limits"), list, status);
  const all = pool(list, () => {
    const [name, value, state, bar] = [h("span.limit-name"), h("span.limit-value"), icon("none"), h("span.gauge", { "aria-hidden": "true" }, h("span.gauge-fill"))];
    return { node: h("li", null, state, name, value, bar), name, value, state, bar };
  });
  const update = ({ constraints = [], feasible, reason, live }) => {
    const broken = !feasible || constraints.some((limit) => limit.violated);
    attr(status, "class", broken ? "status is-violated" : "status");
    setIcon(mark, broken ? "violated" : "ok");
    say(words, feasible ? live || "All limits hold." : reason);
    all(constraints, (one, limit) => {
      const known = typeof limit.share === "number";
      attr(one.node, "class", limit.violated ? "is-violated" : known ? "is-ok" : "is-unknown");
      setIcon(one.state, limit.violated ? "violated" : known ? "ok" : "info");
      say(one.name, limit.name);
      say(one.value, known || limit.violated ? `${limit.value}, limit ${limit.limit}` : "no value");
      // The limit stands at 80 % of the bar, so that going past it can be seen.
      const share = String(Math.min((limit.share ?? 0) * 0.8, 1));
      if (one.share !== share) one.bar.style.setProperty("--share", (one.share = share));
    });
  };
  const silent = (now) => {
    show(silence, now);
    show(status, !now);
  };
  const silence = h("p.status.is-silent", { hidden: true }, icon("caution"), h("span", null, "No answer from the engine, retrying. These readings are the last ones."));
  node.append(silence);
  return { node, update, silent };
}

function figures() {
  const node = h("div.figures");
  const made = new Map();
  const update = (items) => {
    for (const spec of items) {
      const known = made.get(spec.id);
      if (known) known.update(spec);
      else {
        made.set(spec.id, figure(spec));
        node.append(made.get(spec.id).node);
      }
    }
  };
  return { node, update };
}

function challenge() {
  const [title, text, list, cost] = [h("h4"), h("div.prose"), h("ul.checks"), h("p.cost")];
  const node = h("div.challenge", { hidden: true }, title, text, list, cost);
  const checks = pool(list, checkItem);
  const update = (spec) => {
    show(node, Boolean(spec));
    if (!spec) return;
    attr(node, "class", spec.met ? "challenge is-met" : "challenge");
    say(title, spec.met ? `${spec.title}: met` : spec.title);
    if (spec.html) setHtml(text, spec.html);
    else say(text, spec.text);
    checks(spec.checks ?? [], (one, check) => one.patch(check.text, check.met));
    say(cost, spec.cost ? `Cost: ${spec.cost.text}${spec.cost.best ? ` · least possible ${spec.cost.best}` : ""}` : "");
  };
  return { node, update };
}

export function goals() {
  const list = h("ul.checks");
  const node = h("div.goals", null, h("h4.small", null, "To do with this instrument"), list);
  const all = pool(list, checkItem);
  const update = (items) => {
    show(node, items.length > 0);
    all(items, (one, goal) => one.patch(goal.text, goal.done));
  };
  return { node, update };
}

function checkItem() {
  const [mark, text, said] = [icon("todo"), h("span"), h("span.sr")];
  const node = h("li", null, mark, text, said);
  const patch = (words, done) => {
    attr(node, "class", done ? "is-done" : "is-open");
    setIcon(mark, done ? "done" : "todo");
    say(text, words);
    say(said, done ? " (done)" : " (open)");
  };
  return { node, patch };
}

// All readings of one RESULT. update(result) is the whole of a move's DOM work, besides the faults beside the controls.
export function readings() {
  const [bars, numbers, charts, task] = [limits(), cards(), figures(), challenge()];
  const node = h("div.readings", null, bars.node, numbers.node, charts.node);
  const update = (result) => {
    bars.update(result);
    numbers.update(result.cards ?? [], result.constraints ?? []);
    charts.update(result.figures ?? []);
    task.update(result.challenge);
  };
  return { node, update, silent: bars.silent, challenge: task.node };
}
