// The page's only way out. A transport is an object with these methods, each answering with the JSON of docs/reference/document.md:
//
//   labs()                    the portal
//   document(lab)             what the learner may see of a lab now
//   evaluate(lab, body)       body: { act, context, settings }; answers RESULT
//   intent(lab, intent)       intent: { id, kind, act, client_time, payload }; answers { saved, document | goals }
//   ledger()                  counts, head and last events of the ledger
//   exportLedger(lab)         answers { name, text }: a file of JSON Lines; lab: whose page asks, or null
//   importLedger(lab, text)   the text of such a file; answers what it brought
//   starting()                optional: whether its engine is still starting, so that waiting is no silence
//
// Each rejects with `Refused` (the request is wrong and will stay wrong) or `Unreachable` (ask again later). This file holds the
// HTTP one; calls.js makes one for a notebook or a worker.

export class Refused extends Error {
  constructor(status, error) {
    super(error.message || `The server refused the request (${status}).`);
    Object.assign(this, { status, code: error.code, field: error.field, value: error.value, allowed: error.allowed });
  }
}

export class Unreachable extends Error {}

export const RETRY = new Set([408, 425, 429]); // refusals of the moment, not of the request
const QUICK = 8000; // ms without an answer to a move before it is asked again
const PATIENT = 20000; // the same for a write or a page

export function httpTransport(base = "/api") {
  const at = (lab) => `${base}/labs/${encodeURIComponent(lab)}`;
  const asked = (lab) => (lab ? `?lab=${encodeURIComponent(lab)}` : "");
  return {
    labs: () => call(`${base}/labs`, null, PATIENT),
    document: (lab) => call(at(lab), null, PATIENT),
    evaluate: (lab, body) => call(`${at(lab)}/evaluate`, body, QUICK),
    sweep: (lab, body) => call(`${at(lab)}/sweep`, body, PATIENT),
    intent: (lab, intent) => call(`${at(lab)}/events`, intent, PATIENT),
    ledger: () => call(`${base}/ledger`, null, QUICK),
    exportLedger: (lab) => call(`${base}/ledger/export${asked(lab)}`, null, PATIENT, file),
    importLedger: (lab, text) => call(`${base}/ledger/import${asked(lab)}`, text, PATIENT),
  };
}

const json = (response) => response.json();

// A download: its text, under the name that the server gave it.
async function file(response) {
  if (!response.ok) return response.json();
  const name = /filename="([^"]+)"/.exec(response.headers.get("Content-Disposition") ?? "")?.[1];
  return { name: name ?? "ironlaw-ledger.jsonl", text: await response.text() };
}

// body: an object is sent as JSON, a text as the JSON Lines that it is.
async function call(path, body, patience, read = json) {
  const options = { signal: AbortSignal.timeout(patience), cache: "no-store" };
  const lines = typeof body === "string";
  if (body !== null) Object.assign(options, { method: "POST", body: lines ? body : JSON.stringify(body), headers: { "Content-Type": lines ? "application/x-ndjson" : "application/json" } });
  let status, answer;
  try {
    const response = await fetch(path, options);
    status = response.status;
    answer = await read(response);
  } catch (error) {
    if (status >= 400 && status < 500 && !RETRY.has(status)) throw new Refused(status, {});
    throw new Unreachable(error.message); // no connection, no answer in time, or an answer that is cut off
  }
  if (status < 400) return answer;
  const error = answer.error || {};
  if (status < 500 && !RETRY.has(status)) throw new Refused(status, error);
  throw new Unreachable(error.message || `status ${status}`);
}
