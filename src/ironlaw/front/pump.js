// From a slider move to a painted chart: at most one request in flight, the newest waiting, one DOM write a frame.
//
// Moves in between are dropped: their answer would be stale before it is painted. While the engine is silent the newest move is
// asked again until it answers. Each painted move leaves a performance measure "ironlaw:move", from the input event to the
// moment after the frame that shows it; the bench reads these.

import { Refused } from "./transport.js";

const SILENT = 1200; // ms without an answer before the page says so
const FIRST_WAIT = 400;
const LONGEST_WAIT = 4000;
const KEPT = 4000; // measures kept, so that a long session does not grow

// send(body) answers a promise of RESULT. on.result(result, job), on.silent(bool), on.refused(error, job).
export function pump(send, on) {
  let pending = null;
  let flying = false;
  let wait = 0;
  let silent = false;

  const hush = (now) => {
    if (now !== silent) on.silent((silent = now));
  };

  // `stamp` is the input event's timeStamp.
  function move(body, stamp) {
    pending = { body, stamp };
    if (!flying) fly();
  }

  async function fly() {
    flying = true;
    while (pending) {
      const job = pending;
      pending = null;
      const watch = setTimeout(hush, SILENT, true);
      try {
        const result = await send(job.body);
        wait = 0;
        hush(false);
        on.result(result, job);
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
  }

  return { move };
}

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
