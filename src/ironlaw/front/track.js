// The choice of a track: whose limits the missions take. It can be changed at any time, and each change is an event.

import { h, say, setHtml, uid } from "./dom.js";

// page: { commit(kind, act, payload) }, of a lab page or of the portal. Documents bring track: { chosen, options: [{ id, name, html }] }.
export function trackChooser(page) {
  const group = uid("track");
  const said = h("p.form-message", { role: "status", id: `${group}-said` });
  const list = h("div.tracks", { role: "radiogroup", "aria-labelledby": `${group}-title` });
  const button = h("button.primary", { type: "submit", "aria-describedby": said.id }, "Record my track");
  const form = h("form", { novalidate: true, on: { submit: send, input: () => say(said, "") } }, list, h("p.commit", null, button));
  const node = h("section.track-choice", { id: "track", "aria-labelledby": `${group}-title` }, h("h2", { id: `${group}-title`, tabindex: -1 }, "Your track"),
    h("p.prose", null, "The missions of the labs are played in somebody's place: their device, their limits. The physics stays the same. Change it whenever you like; each change is recorded."), form, said);
  let inputs = [];
  let known = null; // the choice that the server has

  function update({ track }) {
    if (!track) return;
    if (!inputs.length) {
      inputs = track.options.map(({ id }) => h("input", { type: "radio", name: group, id: `${group}-${id}`, value: id, "aria-describedby": `${group}-${id}-about` }));
      list.append(...track.options.map((option, i) => row(option, inputs[i])));
    }
    if (track.chosen === known) return; // what is marked and not recorded stays marked
    known = track.chosen;
    for (const input of inputs) input.checked = input.value === known;
  }

  async function send(event) {
    event.preventDefault();
    const marked = inputs.find((input) => input.checked);
    if (!marked) {
      say(said, "Choose a track first.");
      inputs[0].focus();
      return;
    }
    say(said, "Saving …");
    const { error } = await page.commit("tracked", null, { track: marked.value });
    if (!error) known = marked.value;
    say(said, error ? `Not saved: ${error.message}` : `Recorded: ${marked.labels[0].textContent}.`);
  }

  return { node, update };
}

function row({ id, name, html }, input) {
  const about = h("div.track-about", { id: `${input.id}-about` });
  setHtml(about, html);
  return h("div.track", { "data-track": id }, h("label", { for: input.id }, input, h("span", null, name)), about);
}
