// From a slider move to a painted chart: every move is sent, at most one is in flight, the newest waits, one DOM write a frame.
//
// Moves in between are dropped: their answer would be stale before it is painted. While the engine is silent the newest move is
// asked again until it answers.
//
// Decision: a browser paints the slider's own move in the next frame, so an answer that is still on its way then costs a whole
// frame more. The engine is stateless and deterministic, so once the pump is idle it asks for the places that the control in hand
// may take next, the nearest first, and a move onto a known one is painted in the frame of the move. The place where the hand
// rests is asked for nevertheless: silence and refusals show as they would.
//
// Each painted move leaves a performance measure "ironlaw:move", from the input event to the moment after the frame that shows
// it; the bench reads these.

import { Refused } from "./transport.js";

const SILENT = 1200; // ms without an answer before the page says so
const FIRST_WAIT = 400;
const LONGEST_WAIT = 4000;
const REST = 150; // ms: a move onto a known place is asked for when no other followed in this time
const KNOWN = 96; // results kept
const IDLE = 8; // ms between guesses, at most where the browser says when it is idle
const KEPT = 4000; // measures kept, so that a long session does not grow

// send(body) answers a promise of RESULT. on.result(result, job), on.silent(bool), on.refused(error, job); on.guesses() answers
// the bodies that a next move is likely to send, the likeliest first, fewer than KNOWN.
export function pump(send, on) {
  const known = new Map();
  let pending = null;
  let flying = false;
  let wait = 0;
  let silent = false;
  let rest = 0; // timer
  let made = 0;
  let shown = 0;

  const hush = (now) => {
    if (now !== silent) on.silent((silent = now));
  };
  const keyOf = (body) => JSON.stringify(body);

  function learn(body, result) {
    known.delete(keyOf(body));
    known.set(keyOf(body), result);
    if (known.size > KNOWN) known.delete(known.keys().next().value);
  }

  // Only a result that is newer than the one on screen is shown.
  function render(result, job) {
    if (job.number <= shown) return;
    shown = job.number;
    on.result(result, job);
  }

  // `stamp` is the input event's timeStamp.
  function move(body, stamp) {
    const job = { body, stamp, number: ++made };
    clearTimeout(rest);
    const result = known.get(keyOf(body));
    if (result) render(result, job);
    if (result && !flying) {
      rest = setTimeout(ask, REST, job);
      guess();
    } else ask(job);
  }

  function ask(job) {
    pending = job;
    fly();
  }

  async function fly() {
    if (flying) return;
    flying = true;
    while (pending) {
      const job = pending;
      pending = null;
      const watch = setTimeout(hush, SILENT, true);
      try {
        const result = await send(job.body);
        wait = 0;
        hush(false);
        learn(job.body, result);
        render(result, job);
      } catch (error) {
        if (error instanceof Refused) {
          wait = 0;
          hush(false);
          on.refused(error, job);
        } else {
          hush(true);
          wait = Math.min(wait * 2 || FIRST_WAIT, LONGEST_WAIT);
          await new Promise((resolve) => setTimeout(resolve, wait));
          pending ??= job;
        }
      } finally {
        clearTimeout(watch);
      }
    }
    flying = false;
    guess();
  }

  // One guess after another, each when the page has nothing else to do; a move, or a hand on another control, brings new ones.
  let todo = [];
  let guessing = false;
  async function guess() {
    todo = on.guesses().map((body) => [keyOf(body), body]);
    if (guessing) return;
    guessing = true;
    try {
      for (;;) {
        await idle();
        todo = todo.filter(([key]) => !known.has(key));
        if (pending || flying || !todo.length) break;
        const [, body] = todo.shift();
        learn(body, await send(body));
      }
    } catch {
      // A guess that fails is no news: the move itself will be sent, and says what is wrong.
    }
    guessing = false;
  }

  return { move, learn, guess };
}

const idle = () => new Promise((resolve) => (globalThis.requestIdleCallback ?? setTimeout)(resolve, globalThis.requestIdleCallback ? { timeout: IDLE } : IDLE));

const painted = new MessageChannel();
const afterPaint = [];
painted.port1.onmessage = () => afterPaint.splice(0).forEach((done) => done());

// Answers paint(work, stamp): the first work after a frame runs at once, so that the browser has settled it when the next frame
// comes; of those that follow before it the newest runs in the frame. The time is measured to after the frame's paint.
export function painter() {
  let waits = false; // for a frame
  let next = null;
  return (work, stamp) => {
    if (waits) {
      next = { work, stamp };
      return;
    }
    waits = true;
    requestAnimationFrame(() => {
      waits = false;
      next?.work();
      const last = next?.stamp ?? stamp;
      next = null;
      afterPaint.push(() => measure(last));
      painted.port2.postMessage(0);
    });
    work();
  };
}

let count = 0;
function measure(stamp) {
  if (!stamp) return;
  if (++count % KEPT === 0) performance.clearMeasures("ironlaw:move");
  performance.measure("ironlaw:move", { start: stamp, end: performance.now() });
}
