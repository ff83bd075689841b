// The reveal: prediction and reality on one axis, the score, and the words that answer the chosen misconception. An act with a second
// question has a second axis below the first.

import { h, say, setHtml, show } from "./dom.js";
import { figure } from "./figure.js";
import { icon } from "./icons.js";
import { tryButton } from "./question.js";

export function reveal(page, act) {
  const first = compared(page, act, act.reveal, `${act.id}-reveal-axis`);
  const second = act.reveal.second && compared(page, act, act.reveal.second, `${act.id}-second-axis`);
  const text = h("div.prose");
  const node = h("div", null, first.axis, first.verdict, text, first.feedback, first.score,
    second && h("div.second-reveal", null, h("h4", null, "Your second prediction"), second.axis, second.verdict, second.feedback, second.score));
  function update({ reveal: now }) {
    if (!now) return;
    setHtml(text, now.html);
    first.update(now);
    second?.update(now.second);
  }
  update(act);
  return { node, update };
}

function compared(page, act, spec, id) {
  const axis = spec.axis && figure(spec.axis, id);
  const [score, title, words] = [h("div.prose.score"), h("h4"), h("div.prose")];
  const hit = spec.score?.correct;
  const verdict = spec.score && h("p.verdict", { class: `verdict ${hit ? "is-ok" : "is-caution"}` }, icon(hit ? "ok" : "caution"),
    h("span", null, (hit && spec.score.verdict) || (hit ? "Your prediction holds." : "Your prediction does not hold.")));
  const feedback = h("div.feedback", null, title, words, spec.feedback?.try && tryButton(page, act.id, spec.feedback.try));
  function update(now) {
    if (!now) return;
    setHtml(score, now.score?.html);
    show(feedback, Boolean(now.feedback));
    say(title, now.feedback?.title);
    setHtml(words, now.feedback?.html);
    if (axis && now.axis) axis.update(now.axis);
  }
  return { axis: axis?.node, verdict, feedback, score, update };
}
