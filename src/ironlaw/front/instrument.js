// The instrument of one act: controls on the left, readings on the right, live.
//
// Decision: it is built once, when the document first brings it, and keeps the learner's settings from then on; later documents
// change its goals only. `moved` intents are samples: one when the controls rest at new settings, one at once when the set of
// broken limits changes, so that the ledger holds each limit that was hit and left.

import { h, say, setHtml, uid } from "./dom.js";
import { controls } from "./controls.js";
import { painter, pump } from "./pump.js";
import { goals, readings } from "./readings.js";
import { quotaBoard } from "./quotas.js";
import { sweepPanel } from "./sweep.js";

const REST = 400; // ms without a move before the settings are worth a record

// page: { lab, transport, queue, announce, contexts }. The deployment context belongs to the act: each instrument has its own.
export function instrument(page, act) {
  const { start, context_settings: presets, controls: specs, result: first, sweep } = act.instrument;
  const { settings: begun, context } = whereLeft(page, act);
  const place = { context };
  const shown = readings();
  const todo = goals();
  const board = quotaBoard(restart);
  const search = sweep && sweepPanel(sweep, (body) => page.transport.sweep(page.lab, { act: act.id, context: place.context, ...body }));
  const shownIds = new Set(specs.map((spec) => spec.id));
  let trails = act.instrument.trails ?? {}; // where the recorded designs stand in a figure
  let last = first;
  let fixed = {}; // what the panel does not show: the deployment sets it
  const problem = h("p.wrong", { role: "status" });
  const panel = controls(specs, (event) => moved(event.timeStamp), () => engine.guess());
  const reset = h("button.quiet", { type: "button", on: { click: (event) => apply(begin(), event.timeStamp) } }, "Back to the start values");
  const toggle = contextToggle(page, act, presets, place, (settings, stamp) => {
    apply(settings, stamp);
    search?.clear();
    if (known(place.context)?.track) page.queue.add(page.lab, "tracked", null, { track: place.context });
  });
  const node = h("div.instrument", null,
    h("div.settings", { role: "group", "aria-label": "Controls" }, toggle.node, panel.nodes, h("p.reset", null, reset), problem),
    h("div", { class: "shown", role: "group", "aria-label": "Readings" }, shown.node, search?.node, h("div.below", null, h("div", null, board.node, todo.node), shown.challenge)));

  const paint = painter();
  const engine = pump((body) => page.transport.evaluate(page.lab, body), {
    result: (result, job) => paint(() => render(result), job.stamp),
    guesses: () => panel.guesses().map((settings) => ({ ...question(), settings: { ...fixed, ...settings } })),
    silent: (now) => {
      if (now && page.transport.starting?.()) return; // an engine that still starts is not silent: the page says so elsewhere
      shown.silent(now);
      if (now) page.announce("No answer from the engine, retrying.");
    },
    refused: (error) => {
      say(problem, `The engine refused these settings: ${error.message}`);
      if (error.status === 409) page.reload();
    },
  });

  let broken = null; // ids of the limits that the last result broke, sorted and joined
  let recorded = ""; // the settings of the last `moved` intent
  let timer = 0;

  const all = () => ({ ...fixed, ...panel.values() });
  const begin = () => ({ ...start, ...(known(place.context)?.track ? presets[place.context] : {}) });
  const known = (id) => page.contexts.find((context) => context.id === id);
  const snapshot = () => ({ settings: all(), ...(place.context ? { context: place.context } : {}) });

  function keepFixed(settings) {
    for (const [id, value] of Object.entries(settings ?? {})) if (!shownIds.has(id)) fixed = { ...fixed, [id]: value };
  }

  // A "show me" may be about another deployment than the one at hand: the toggle says so.
  function follow() {
    const fits = (id) => Object.entries(presets[id] ?? {}).every(([name, value]) => shownIds.has(name) || fixed[name] === value);
    if (!Object.keys(fixed).length || fits(place.context)) return;
    place.context = Object.keys(presets).find(fits) ?? place.context;
    toggle.update();
  }

  // A budget of designs begins anew: recorded, and back to where the design began.
  async function restart() {
    flush();
    const { error } = await page.commit("reset", act.id, {});
    if (error) return say(problem, `Not saved: ${error.message}`);
    apply(begin(), 0);
  }

  const question = () => ({ act: act.id, ...snapshot() });

  function moved(stamp) {
    toggle.compare(all());
    engine.move(question(), stamp);
    clearTimeout(timer);
    timer = setTimeout(record, REST);
  }

  function record() {
    clearTimeout(timer);
    timer = 0;
    const payload = snapshot();
    const text = JSON.stringify(payload);
    if (text === recorded) return;
    recorded = text;
    page.queue.add(page.lab, "moved", act.id, payload);
  }

  function render(result) {
    say(problem, "");
    last = result;
    shown.update(withTrails(result, trails));
    const over = (result.constraints ?? []).filter((limit) => limit.violated);
    panel.fault(over.map((limit) => ({ controls: limit.controls, text: `${limit.value}, limit ${limit.limit} · ${limit.name}` })));
    const now = over.map((limit) => limit.id).sort().join();
    if (broken !== null && now !== broken) {
      page.announce(result.live || change(result, broken.split(","), now.split(",")));
      recordAt(result.settings);
    }
    broken = now;
  }

  // The settings at which a limit broke or held again, even when the slider has moved on since.
  function recordAt(settings) {
    const payload = { ...snapshot(), settings: { ...all(), ...settings } };
    const text = JSON.stringify(payload);
    if (text === recorded) return;
    recorded = text;
    page.queue.add(page.lab, "moved", act.id, payload);
  }

  function apply(settings, stamp) {
    keepFixed(settings);
    follow();
    panel.set(settings);
    moved(stamp ?? performance.now());
  }

  function update(next) {
    todo.update(next.instrument.goals ?? []);
    board.update(next.instrument.quotas ?? []);
    trail(next.instrument.trails ?? {});
    toggle.update();
  }

  // The designs that the ledger has by now.
  function trail(next) {
    if (JSON.stringify(next) === JSON.stringify(trails)) return;
    trails = next;
    if (last) shown.update(withTrails(last, trails));
  }

  const flush = () => timer && record();

  panel.set(start);
  panel.set(begun);
  keepFixed(begun);
  toggle.compare(all());
  recorded = JSON.stringify(snapshot());
  if (first) render(first);
  if (first && same(all(), first.settings)) engine.learn(question(), first);
  else engine.move(question(), 0);
  update(act);

  // flush: record now what the rest timer still holds (before a reveal, a decision, or when the page goes).
  return { node, update, apply, goals: todo.update, quotas: board.update, trail, settings: all, context: () => place.context, flush };
}

// Where the learner left the instrument: as the ledger has it, or at the last move that waits to be sent, when the page was left
// before that.
function whereLeft(page, act) {
  const { settings, context = null } = act.instrument;
  const waits = page.queue.pending(page.lab).filter((intent) => intent.kind === "moved" && intent.act === act.id).at(-1)?.payload;
  const known = Object.entries(settings).map(([id, value]) => [id, waits?.settings?.[id] ?? value]);
  return { settings: Object.fromEntries(known), context: waits?.context ?? context };
}

// Puts the learner's recorded designs into the mark that a figure keeps free for them.
function withTrails(result, trails) {
  if (!Object.keys(trails).length) return result;
  const draw = (figure) => (trails[figure.id] && figure.marks
    ? { ...figure, marks: figure.marks.map((mark) => (mark.id === "designs" ? { ...mark, ...trails[figure.id] } : mark)) }
    : figure);
  return { ...result, figures: result.figures.map(draw) };
}

// Whether these settings are all in the others.
export const same = (mine, theirs) => Object.entries(mine).every(([id, value]) => theirs?.[id] === value);

function change(result, before, after) {
  const of = (id) => result.constraints.find((limit) => limit.id === id);
  const worse = after.filter((id) => id && !before.includes(id)).map((id) => of(id).text || `${of(id).name}: ${of(id).value}, limit ${of(id).limit}.`);
  const better = before.filter((id) => id && !after.includes(id) && of(id)).map((id) => `${of(id).name}: within its limit again, ${of(id).value}, limit ${of(id).limit}.`);
  return [...worse, ...better].join(" ");
}

// Two deployments of one scenario: a toggle that sets the parameters which differ between them.
function contextToggle(page, act, presets, place, apply) {
  const specs = act.instrument.controls;
  const known = page.contexts.filter((context) => presets?.[context.id]);
  const name = uid(`context-${act.id}`);
  const about = h("div.help");
  const tracks = known.some((context) => context.track);
  const own = h("p.help", { role: "status" });
  // A deployment is named only as far as it goes: what the learner set otherwise is said.
  const compare = (values) => {
    const changed = Object.entries(presets?.[place.context] ?? {}).filter(([id, value]) => values[id] !== value);
    say(own, changed.length ? `Changed by you: ${changed.map(([id]) => specs.find((spec) => spec.id === id)?.label ?? id).join(", ")}.` : "");
  };
  const inputs = known.map((context) => h("input", { type: "radio", name, id: `${name}-${context.id}`, value: context.id }));
  const update = () => {
    for (const input of inputs) input.checked = input.value === place.context;
    const now = known.find((context) => context.id === place.context);
    setHtml(about, now?.html);
  };
  const choose = (event) => {
    place.context = event.target.value;
    apply(presets[event.target.value], event.timeStamp);
  };
  const labels = known.map((context, i) => h("label", { for: inputs[i].id }, inputs[i], h("span", null, context.name)));
  const node = h("fieldset.context", { hidden: known.length < 2, on: { input: choose } }, h("legend", null, tracks ? "Track" : act.instrument.context_label), h("div.segments", null, labels), about, own);
  return { node, update, compare };
}
