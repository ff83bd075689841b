// The portal: the labs as a map by volume, with what the ledger says of each, the learner's track, and the ledger itself.

import { clock, h, setHtml } from "./dom.js";
import { icon } from "./icons.js";
import { ledgerPanel } from "./ledger.js";
import { uuid7 } from "./store.js";
import { trackChooser } from "./track.js";

const DOOR = "v1_00"; // the lab that a choice of a track on this page belongs to

const ROMAN = ["", "I", "II", "III"];

function notice({ level, html }) {
  const words = h("div");
  setHtml(words, html);
  return h("div", { class: `notice is-${level}` }, icon({ error: "violated", warning: "caution" }[level] ?? "info"), words);
}

function totals({ labs, built, done, events }) {
  const fact = (number, words) => h("div", null, h("dt", null, words), h("dd", null, String(number)));
  return h("dl.totals", null, fact(labs, "labs"), fact(built, "built"), fact(done, "finished"), fact(events, "events in your ledger"));
}

// Ten small marks, one for each stage, with the same in words.
function progress({ stage, done, of, limits_hit: hit, limits_left: left, last_saved: saved }) {
  const marks = h("span.pips", { "aria-hidden": "true" }, Array.from({ length: of }, (_, i) => h(i < done ? "i.on" : "i")));
  const words = stage === "not_started" ? "Not started" : stage === "done" ? "Finished" : `${done} of ${of} steps`;
  const limits = hit ? `${hit} ${hit === 1 ? "limit" : "limits"} hit, ${left} left again` : "";
  return h("span.progress", null, marks, h("span", null, [words, limits, saved && `saved ${clock(saved)}`].filter(Boolean).join(" · ")));
}

// The address of a lab, from the portal's own: a site may lie in a folder.
const at = (lab) => `labs/${lab.id}`;

function cell(lab) {
  const number = h("span.number", null, String(lab.number).padStart(2, "0"));
  const title = h("h3", null, lab.built ? h("a", { href: at(lab) }, lab.title) : lab.title);
  const foot = lab.built ? progress(lab.progress) : h("span.progress", null, "Not built yet");
  return h("li", { class: lab.built ? "cell is-built" : "cell" }, number, title, h("p.cell-invariant", null, lab.invariant), foot);
}

function volume(boot, { number, title }) {
  const id = `volume-${number}`;
  const labs = boot.labs.filter((lab) => lab.volume === number);
  return h("section.volume", { "aria-labelledby": id }, h("h2", { id }, h("span.act-meta", null, `Volume ${ROMAN[number] ?? number}`), " ", title), h("ul.map", null, labs.map(cell)));
}

// One way on: the lab that is under way, else the first built one that is not finished.
function onward(boot) {
  const open = boot.labs.filter((lab) => lab.built && lab.progress.stage !== "done");
  const lab = open.find(({ progress: { stage } }) => stage === "in_progress") ?? open[0];
  if (!lab) return [];
  const verb = lab.progress.stage === "in_progress" ? "Continue" : "Start";
  return [h("p.onward", null, h("a.primary", { href: at(lab) }, `${verb}: ${lab.title}`))];
}

// root: an element to fill; boot: the answer of transport.labs().
export function mountPortal(root, boot, transport) {
  const book = ledgerPanel({ transport, lab: null, reload: () => location.reload() });
  const track = boot.track && trackChooser({ commit });

  // An intent of this page, sent at once. One that does not arrive is told where it was made, so that no queue has to keep it.
  async function commit(kind, act, payload) {
    try {
      await transport.intent(DOOR, { id: uuid7(), kind, act, client_time: new Date().toISOString(), payload });
      book.update();
      return {};
    } catch (error) {
      return { error };
    }
  }

  root.replaceChildren(
    h("div.notices", null, (boot.notices ?? []).map(notice)),
    totals(boot.totals),
    ...(boot.ledger?.text ? [h("p.where", null, boot.ledger.text)] : []),
    ...onward(boot),
    ...boot.volumes.map((one) => volume(boot, one)),
    ...(track ? [track.node] : []),
    book.node,
  );
  track?.update(boot);
  book.update();
  addEventListener("pageshow", (event) => event.persisted && location.reload());
}
