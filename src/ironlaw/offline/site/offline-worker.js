// The engine of the offline site: Python in a worker of the page, over the ledger that the browser keeps.
//
// In:  { id, method, args }: a call of docs/reference/document.md, or asideRecords, writeBack.
// Out: { id, text } with the JSON of its answer, or { id, error };
//      { phase } while it starts, { trouble: { code, reason, unsaved } | null } when what the browser keeps changes,
//      { aside: n } when damaged lines were set aside, { news: true } when another tab added events, { failed: reason }.
//
// Calls run one after another. An answer that says "saved" is given only after the transaction that keeps it is complete. Where
// the browser cannot keep it, the ledger goes on in this worker's memory, and the page says so.
//
// Decision: what only memory has is a chain of its own. Another tab may go on with the chain that the browser keeps; events that
// are saved later, written back or imported from a download can then never stand in a place that is taken.

import { boot, forgotten } from "./offline-boot.js";
import { openLedger, Trouble } from "./keep-idb.js";
import { uuid7 } from "./store.js";

const NO_LOOK = new Set(["evaluate", "sweep"]); // they read no other tab's events
const WRITES = new Set(["intent", "importLedger", "exportLedger"]); // they may add events
const LOCK = "ironlaw:ledger";
const TRIES = 20;
const REST = 1000; // ms after the start before the engine's memory is stored
const PATIENCE = 1000; // ms that a failed start waits for the storage

const { engine = "", lab = null } = JSON.parse(self.name || "{}");
const channel = globalThis.BroadcastChannel ? new BroadcastChannel(LOCK) : null;
let Local = null; // Python's class
let local = null;
let owner = uuid7(); // the device whose chain memory continues
let home = ""; // the device whose chain the browser keeps for its tabs; another one than `owner` once memory went its own way
let told = []; // notices of damage that memory knows
let ledger = null; // null while nothing is kept
let trouble = null;
let unsaved = []; // records that memory has and the browser has not
let turn = Promise.resolve();

const started = start();
started.catch(async (error) => {
  // What was remembered may be to blame: the next start is one from the beginning. A storage that never answers must not hide why.
  await Promise.race([forgotten(), new Promise((resolve) => setTimeout(resolve, PATIENCE))]);
  postMessage({ failed: error.message });
});

onmessage = ({ data: { id, method, args } }) => {
  turn = turn.then(async () => {
    try {
      await started;
      postMessage({ id, text: await answer(method, args) });
    } catch (error) {
      postMessage({ id, error: error.message });
      if (error instanceof WebAssembly.RuntimeError) postMessage({ failed: error.message }); // no call will be answered any more
    }
  });
};
if (channel) channel.onmessage = () => (turn = turn.then(() => started).then(listen).catch(() => {})); // the next call looks again, and says what is wrong

// --- the start --------------------------------------------------------------------------------------------------------

async function start() {
  const opening = openLedger(lost).catch((error) => {
    if (!(error instanceof Trouble)) throw error;
    lost(error);
    return null;
  });
  opening.catch(() => {}); // awaited below
  const { python, keep } = await boot(engine, lab, (phase) => postMessage({ phase }));
  postMessage({ phase: "ledger" });
  Local = python.runPython("from ironlaw.offline.local import Local\nLocal");
  fill([]);
  ledger = await opening;
  if (ledger) await alone(() => guarded(anew));
  postMessage({ phase: "ready" });
  setTimeout(() => keep().catch(() => {}), REST);
}

// --- calls ------------------------------------------------------------------------------------------------------------

async function answer(method, args) {
  if (method === "asideRecords") return JSON.stringify(await asideRecords());
  if (method === "writeBack") return JSON.stringify(await alone(restore));
  if (NO_LOOK.has(method)) return local.call(method, JSON.stringify(args));
  if (!WRITES.has(method)) {
    await guarded(feed);
    return local.call(method, JSON.stringify(args));
  }
  return alone(() => write(method, args));
}

const alone = (work) => (navigator.locks ? navigator.locks.request(LOCK, work) : work());

// Runs the call over what all tabs have written so far, and again if one was faster.
async function write(method, args) {
  for (let tries = 0; tries < TRIES; tries++) {
    await guarded(feed);
    const text = local.call(method, JSON.stringify(args));
    const { records } = JSON.parse(text);
    const fate = records.length ? await kept(records) : "kept";
    if (fate === "kept") {
      local.kept();
      return text;
    }
    local.forget();
    if (fate === "refused") return inMemory(method, args);
  }
  throw new Error("other tabs write to the ledger all the time");
}

// "kept"; "late" when another tab was first; "refused" when the browser does not keep them. What waits in memory goes along.
async function kept(records) {
  if (!ledger) return trouble.code === "full" && (await restore().then(() => true, () => false)) ? "kept" : "refused";
  try {
    if (!(await ledger.add(home, [...unsaved, ...records]).catch(roomier([...unsaved, ...records])))) return "late";
  } catch (error) {
    lost(error instanceof Trouble ? error : new Trouble("failed", error.message));
    return "refused";
  }
  if (trouble) settled();
  channel?.postMessage("added");
  return "kept";
}

// The engine's own memory takes room too, and can be made again: it goes before the learner is told that there is none.
const roomier = (records) => async (error) => {
  if (error.code !== "full") throw error;
  await forgotten();
  return ledger.add(home, records);
};

function inMemory(method, args) {
  if (owner === home) {
    owner = uuid7();
    fill(JSON.parse(local.stored()));
  }
  const text = local.call(method, JSON.stringify(args));
  unsaved.push(...JSON.parse(text).records);
  local.kept();
  tell();
  return text;
}

// What other tabs added. True when something came.
async function feed() {
  const { device, records } = await ledger.fresh();
  if (device !== home && !unsaved.length) return anew(); // another tab found damage
  home = device;
  return take(records);
}

// Memory from what the browser keeps, from the beginning.
async function anew() {
  const { device, records } = await ledger.fresh({ all: true });
  const { rows, notices } = await ledger.aside();
  if (rows.length) postMessage({ aside: rows.length });
  [home, owner, told] = [device, device, notices];
  fill([]);
  return take(records);
}

// Memory anew, with these records.
function fill(records) {
  local?.close();
  local = Local(owner);
  local.load(texts(records), JSON.stringify(told));
}

const texts = (records) => JSON.stringify(records.map(({ text }) => String(text)));

// Into memory; the lines that do not fit their chain are set aside.
async function take(records) {
  if (!records.length) return false;
  const found = JSON.parse(local.load(texts(records), "[]"));
  if (found.aside.length) {
    [home, owner] = [found.device, found.device];
    told.push(...found.notices);
    await ledger.setAside(found.aside.map(({ index, code, reason }) => ({ record: records[index], code, reason })), found.notices, home);
    postMessage({ aside: (await ledger.aside()).rows.length });
  }
  return true;
}

async function listen() {
  if (await guarded(feed)) postMessage({ news: true });
}

// --- what the browser does not keep -----------------------------------------------------------------------------------

// A look at the kept ledger; where it fails, memory goes on alone.
async function guarded(work) {
  if (!ledger) return false;
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    lost(error);
    return false;
  }
}

function lost(now) {
  trouble = now;
  if (now.code !== "full") ledger = null; // a full disk may have room again: the next write tries
  tell();
}

function tell() {
  postMessage({ trouble: trouble && { code: trouble.code, reason: trouble.message, unsaved: unsaved.length } });
}

function settled() {
  trouble = null;
  unsaved = [];
  tell();
}

async function asideRecords() {
  return ledger ? (await ledger.aside()).rows : [];
}

// After the storage was cleared: all that memory holds becomes the browser's again. Answers the number of events.
async function restore() {
  const again = await openLedger(lost);
  try {
    const { device, records } = await again.fresh();
    const place = (record) => `${record.device} ${record.seq}`;
    const theirs = new Map(records.map((record) => [place(record), record.text]));
    const mine = JSON.parse(local.stored());
    if (mine.some((record) => (theirs.get(place(record)) ?? record.text) !== record.text)) throw new Trouble("forked", "another tab keeps other events in the same places");
    const missing = mine.filter((record) => !theirs.has(place(record)));
    if (missing.length && !(await again.add(device, missing))) throw new Trouble("late", "another tab writes at the same time: try again");
    ledger = again;
    await anew(); // beside it, what other tabs have begun since
    settled();
    channel?.postMessage("added");
    return missing.length;
  } catch (error) {
    if (ledger !== again) again.close();
    throw error;
  }
}
