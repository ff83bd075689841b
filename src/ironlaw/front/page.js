// The lab page: renders a document, keeps it current, sends intents. It knows its transport only as an object.

import { h, scrollToNode, setHtml } from "./dom.js";
import { actView } from "./act.js";
import { icon } from "./icons.js";
import { intentQueue } from "./queue.js";
import { browserStorage, keeper } from "./store.js";
import { ledgerPanel } from "./ledger.js";
import { writeLike } from "./scale.js";
import { nameOf, strip } from "./strip.js";
import { trackChooser } from "./track.js";

const REST = 250; // ms

// root: an element to fill. room: what this page keeps in the browser is kept under (store.js). signal: once it is aborted, the page
// is no more: its last move is kept, nothing is sent, nothing listens. goTo(node): where the page itself is not what scrolls.
// Answers { document(), design(act), reload() } for other hosts of the page.
export function mountLab(root, first, transport, { room = "", signal, goTo = scrollToNode } = {}) {
  const lab = first.lab.id;
  const keep = keeper(browserStorage(), room);
  const top = strip();
  const notices = noticeBoard();
  const live = h("p.sr", { role: "status" });
  const stages = h("div.acts");
  const ending = h("section.synthesis", { hidden: true });
  const acts = new Map();
  let doc = first;
  let texts = 0; // timer: after a move the texts that name its numbers follow when the hand rests, not in the frame of the chart
  let held = null; // the document that waits for it
  const pointer = lastInput(signal);

  writeLike(root);
  const queue = intentQueue({ transport, keep, on: { status, saved, refused, elsewhere }, signal });
  const page = {
    lab, keep, queue, transport, reload,
    contexts: first.contexts ?? [],
    announce: (words) => (live.textContent = words),
    // What an act's instrument stands at: settings and, where the lab has contexts, the context.
    design(act) {
      const one = acts.get(act)?.instrument();
      return { settings: one?.settings() ?? {}, ...(one?.context() ? { context: one.context() } : {}) };
    },
    commit(kind, act, payload) {
      for (const view of acts.values()) view.instrument()?.flush();
      return queue.add(lab, kind, act, payload);
    },
    // Sets an act's instrument and takes the learner to it.
    show(act, settings, event) {
      acts.get(act)?.instrument()?.apply(settings, event.timeStamp);
      const title = root.querySelector(`#${act}-explore-title`);
      title.focus({ preventScroll: true });
      goTo(title);
    },
  };

  function update(next) {
    doc = next;
    top.update(doc);
    notices.server(doc.notices ?? []);
    doc.acts.forEach((act, i) => {
      const known = acts.get(act.id);
      if (known) return known.update(act);
      acts.set(act.id, actView(page, act, nameOf(act, doc.acts), doc.acts[i - 1]?.title));
      stages.append(acts.get(act.id).node);
    });
    synthesis(ending, doc.synthesis);
    tracks?.update(doc);
    panel?.update(doc);
  }

  async function reload() {
    try {
      const now = await transport.document(lab);
      clearTimeout(texts);
      held = null;
      update(now);
    } catch (error) {
      page.announce(`The page could not be refreshed: ${error.message}`);
    }
  }

  function status(now) {
    top.status(now);
    if (now.state === "retrying") page.announce("Not saved, retrying.");
  }

  function saved(item, answer) {
    if (item.lab !== lab) return;
    panel?.update();
    if (answer.goals) acts.get(item.intent.act)?.instrument()?.goals(answer.goals);
    if (answer.quotas) acts.get(item.intent.act)?.instrument()?.quotas(answer.quotas);
    if (answer.trails) acts.get(item.intent.act)?.instrument()?.trail(answer.trails);
    if (answer.next) top.next(answer.next);
    if (!answer.document) return;
    clearTimeout(texts); // an older document must not follow a newer one
    const { kind } = item.intent;
    held = kind === "moved" ? answer.document : null;
    if (held) later();
    else unlock(() => update(answer.document), kind !== "opened");
  }

  // Another page sent what waited: what this one said of it ("retrying", or nothing yet) is true no more.
  async function elsewhere() {
    await reload();
    if (!queue.pending(lab).length) top.status({ state: "saved", at: doc.saved?.last });
  }

  // Each input puts the held texts off: they follow when the hand rests.
  function later() {
    clearTimeout(texts);
    if (!held) return;
    texts = setTimeout(() => {
      const next = held;
      held = null;
      update(next);
    }, REST);
  }

  // What was refused stays readable: in its form, or, where the form is gone, in a notice with the learner's words.
  async function refused(item, error) {
    const { kind, act, payload } = item.intent;
    page.announce(`Not saved: ${error.message}`);
    if (item.lab === lab) await reload();
    if (root.querySelector(`[data-commits="${act} ${kind}"]`)) return;
    notices.add("error", `Not saved: ${error.message}${payload?.text ? ` Your text: “${payload.text}”` : ""}`);
  }

  // Focus goes to the first heading that the change brought; for a pointer the view stays where it is.
  function unlock(change, move) {
    const before = new Set(root.querySelectorAll("[data-unlock]"));
    change();
    const fresh = [...root.querySelectorAll("[data-unlock]")].find((heading) => !before.has(heading));
    if (move && fresh) fresh.focus({ preventScroll: pointer() });
  }

  const tracks = first.track ? trackChooser(page) : null;
  const panel = first.ledger_panel ? ledgerPanel(page) : null;
  root.replaceChildren(...[top.node, notices.node, stages, ending, tracks?.node, panel?.node, live].filter(Boolean));
  if (!keep.durable) notices.add("warning", "This browser keeps nothing for this page. Leave it open until your work is saved.");
  update(first);
  top.status({ state: "saved", at: first.saved?.last });
  if (!first.saved?.events && !queue.pending(lab).some((intent) => intent.kind === "opened")) queue.add(lab, "opened", null, {});
  root.addEventListener("input", later);
  queue.start();
  const flush = () => acts.forEach((view) => view.instrument()?.flush());
  addEventListener("pagehide", flush, { signal });
  addEventListener("pageshow", (event) => event.persisted && reload(), { signal });
  signal?.addEventListener("abort", flush);
  return { document: () => doc, design: page.design, reload };
}

// Whether the last input was a pointer: a keyboard user is taken along when focus moves, a pointer user is not moved.
function lastInput(signal) {
  let pointer = false;
  addEventListener("pointerdown", () => (pointer = true), { capture: true, signal });
  addEventListener("keydown", () => (pointer = false), { capture: true, signal });
  return () => pointer;
}

// Notices of the server (a damaged ledger set aside) and of this page (a refused intent), on top.
function noticeBoard() {
  const [theirs, ours] = [h("div"), h("div", { role: "status" })];
  const node = h("div.notices", null, theirs, ours);
  const line = (level, fill) => {
    const words = h("div");
    fill(words);
    return h("div", { class: `notice is-${level}` }, icon({ error: "violated", warning: "caution" }[level] ?? "info"), words);
  };
  let shown = "";
  return {
    node,
    server(items) {
      if (JSON.stringify(items) === shown) return;
      shown = JSON.stringify(items);
      theirs.replaceChildren(...items.map(({ level, html }) => line(level, (words) => setHtml(words, html))));
    },
    add(level, text) {
      if ([...ours.children].some((one) => one.textContent === text)) return;
      ours.append(line(level, (words) => words.append(text)));
    },
  };
}

function synthesis(node, spec) {
  if (!spec) return;
  if (!node.firstChild) node.append(h("h2", { tabindex: -1, "data-unlock": true }, spec.title ?? "Synthesis"), h("div.prose"));
  setHtml(node.lastChild, spec.html);
  node.hidden = false;
}
