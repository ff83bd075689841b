// From a slider move to a painted chart: every move is sent, at most one is in flight, the newest waits, one DOM write a frame.
//
// Moves in between are dropped: their answer would be stale before it is painted. While the engine is silent the newest move is
// asked again until it answers.
//
// Decision: a browser paints the slider's own move in the next frame, so an answer that is still on its way then costs a whole
// frame more. The engine is stateless and deterministic, so once the pump is idle it asks for the places that the control in hand
// may take next, the nearest first, and a move onto a known one is painted in the frame of the move. The move is sent
// nevertheless: silence and refusals show as they would.
//
// Each painted move leaves a performance measure "ironlaw:move", from the input event to the moment after the frame that shows
// it; the bench reads these.

import { Refused } from "./transport.js";

const SILENT = 1200; // ms without an answer before the page says so
const FIRST_WAIT = 400;
const LONGEST_WAIT = 4000;
const KNOWN = 96; // results kept
const IDLE = 8; // ms between guesses where the browser does not say when it is idle
const KEPT = 4000; // measures kept, so that a long session does not grow

// send(body) answers a promise of RESULT. on.result(result, job), on.silent(bool), on.refused(error, job); on.guesses() answers
// the bodies that a next move is likely to send, the likeliest first, fewer than KNOWN.
export function pump(send, on) {
  const known = new Map();
  let pending = null;
  let flying = false;
  let wait = 0;
  let silent = false;
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
    pending = { body, stamp, number: ++made };
    const result = known.get(keyOf(body));
    if (result) {
      render(result, pending);
      afterFrame(fly);
    } else fly();
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

  // One guess after another, each when the page has nothing else to do; what comes next is asked anew each time, for the hand may
  // have moved to another control.
  let guessing = false;
  async function guess() {
    if (guessing) return;
    guessing = true;
    try {
      for (;;) {
        await idle();
        const next = !pending && !flying && on.guesses().find((body) => !known.has(keyOf(body)));
        if (!next) break;
        learn(next, await send(next));
      }
    } catch {
      // A guess that fails is no news: the move itself will be sent, and says what is wrong.
    }
    guessing = false;
  }

  return { move, learn, guess };
}

const idle = () => new Promise((resolve) => (globalThis.requestIdleCallback ?? ((work) => setTimeout(work, IDLE)))(resolve));
const afterFrame = (work) => requestAnimationFrame(() => setTimeout(work));

const painted = new MessageChannel();
const afterPaint = [];
painted.port1.onmessage = () => afterPaint.splice(0).forEach((done) => done());

// Answers paint(work, stamp): runs the newest work in the next frame and measures to after its paint.
export function painter() {
  let next = null;
  const run = () => {
    const { work, stamp } = next;
    next = null;
    work();
    afterPaint.push(() => measure(stamp));
    painted.port2.postMessage(0);
  };
  return (work, stamp) => {
    if (!next) requestAnimationFrame(run);
    next = { work, stamp };
  };
}

let count = 0;
function measure(stamp) {
  if (!stamp) return;
  if (++count % KEPT === 0) performance.clearMeasures("ironlaw:move");
  performance.measure("ironlaw:move", { start: stamp, end: performance.now() });
}
