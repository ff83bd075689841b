// What the entries of the offline site share: where the site lies, what it keeps for the first look, files to take away.

import { h } from "./dom.js";
import { keeper } from "./store.js";

export const root = new URL(document.documentElement.dataset.root ?? "./", location.href);
export const boot = JSON.parse(document.getElementById("boot")?.textContent ?? "null");

// The pages name each other as a studio serves them: from its root, and without the slash that a folder's address ends with. Here
// the site may lie in a folder, and not every host sends a reader on to the slash.
export function stayInside(place) {
  const lead = ({ target }) => {
    const link = target.closest?.("a[href]");
    const to = link?.getAttribute("href") ?? "#";
    if (/^(#|[a-z]+:)/.test(to)) return; // a part of this page, or another site
    const address = new URL(to.replace(/^\//, ""), to.startsWith("/") ? root : location.href);
    if (!/(\/|\.\w+)$/.test(address.pathname)) address.pathname += "/";
    link.href = address;
  };
  for (const type of ["pointerover", "focusin", "click"]) place.addEventListener(type, lead);
}

// --- the last look ----------------------------------------------------------------------------------------------------

// The page that came with the site is that of a fresh ledger. For a learner who returns, the last document is kept, so that the
// page is right before the engine runs. It counts only for the engine that made it. Few are kept: one may have 200 kB, and unsent
// work needs the same 5 MB.
const SEEN = "ironlaw:seen:";
const ORDER = "ironlaw:seen"; // the names, the latest first
const FEW = 6;
const keep = keeper();
const { engine: stamp = "" } = document.documentElement.dataset;

export function lastSeen(name, fresh) {
  const kept = keep.get(SEEN + name);
  return kept?.stamp === stamp && kept.document ? kept.document : fresh;
}

export function see(name, document) {
  if (!keep.durable) return;
  const names = [name, ...(keep.get(ORDER) ?? []).filter((other) => other !== name)].slice(0, FEW);
  for (const key of keep.keys(SEEN)) if (!names.includes(key.slice(SEEN.length))) keep.remove(key);
  keep.set(ORDER, names);
  keep.set(SEEN + name, { stamp, document });
}

// --- files to take away -----------------------------------------------------------------------------------------------

export function download(name, text, type = "application/x-ndjson") {
  const address = URL.createObjectURL(new Blob([text], { type }));
  h("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}

// The lines of a ledger as the export file that `ironlaw ledger import` reads: for the time when no engine runs.
export async function exported(lines) {
  const body = lines.map((line) => `${line}\n`).join("");
  const events = lines.map(parsed).filter(Boolean);
  const header = {
    devices: new Set(events.map((event) => event.device)).size, digest: await digest(body), events: lines.length,
    exported_at: new Date().toISOString().replace("Z", "000Z"), format: "ironlaw-ledger",
    learner: events[0]?.learner ?? null, version: 1,
  };
  return `${JSON.stringify(header)}\n${body}`;
}

function parsed(line) {
  try {
    return JSON.parse(line);
  } catch {
    return null; // a damaged line: it goes along as it is, and the import names it
  }
}

export const today = () => new Date().toISOString().slice(0, 10);

// Without a digest (an address that is not secure has no crypto.subtle) the import says that the file may not be whole.
async function digest(text) {
  if (!crypto.subtle) return null;
  const sum = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return [...sum].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
