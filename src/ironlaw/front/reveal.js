// The reveal: prediction and reality on one axis, the score, and the words that answer the chosen misconception.

import { h, say, setHtml, show } from "./dom.js";
import { figure } from "./figure.js";
import { icon } from "./icons.js";
import { tryButton } from "./question.js";

export function reveal(page, act) {
  const spec = act.reveal;
  const axis = spec.axis && figure(spec.axis, `${act.id}-reveal-axis`);
  const [text, score, title, words] = [h("div.prose"), h("div.prose.score"), h("h4"), h("div.prose")];
  const hit = spec.score?.correct;
  const verdict = spec.score && h("p.verdict", { class: `verdict ${hit ? "is-ok" : "is-caution"}` }, icon(hit ? "ok" : "caution"),
    h("span", null, (hit && spec.score.verdict) || (hit ? "Your prediction holds." : "Your prediction does not hold.")));
  const feedback = h("div.feedback", null, title, words, spec.feedback?.try && tryButton(page, act.id, spec.feedback.try));
  const node = h("div", null, axis?.node, verdict, text, feedback, score);
  function update({ reveal: now }) {
    if (!now) return;
    setHtml(text, now.html);
    setHtml(score, now.score?.html);
    show(feedback, Boolean(now.feedback));
    say(title, now.feedback?.title);
    setHtml(words, now.feedback?.html);
    if (axis && now.axis) axis.update(now.axis);
  }
  update(act);
  return { node, update };
}
