// Dialogs: each is made when it is needed and removed when it closes.

import { make } from "/assets/common/dom.js";
import { button } from "./parts.js";

/**
 * Opens a dialog. The focus goes back to where it was when it closes.
 * @param {string} title its heading
 * @param {(close: (answer?: unknown) => void) => Node[]} draw what is in it
 * @returns {Promise<unknown>} what it was closed with; undefined after Escape
 */
export function dialog(title, draw) {
  return new Promise((done) => {
    const heading = make("h2", { id: "dialog-title", class: "title", text: title });
    const box = make("dialog", { "aria-labelledby": "dialog-title" });
    let answer;
    const close = (given) => {
      answer = given;
      box.close();
    };
    box.addEventListener("close", () => {
      box.remove();
      done(answer);
    });
    box.append(heading, ...draw(close));
    document.body.append(box);
    box.showModal();
  });
}

/**
 * Asks before something is done. Answers whether to do it.
 * @param {string} title the question
 * @param {string[]} lines what will happen
 * @param {string} verb the name of the button that does it
 * @param {boolean} [isDanger]
 */
export async function confirmed(title, lines, verb, isDanger = false) {
  const answer = await dialog(title, (close) => [
    ...lines.map((line) => make("p", { text: line })),
    make("div", { class: "actions" },
      button(verb, () => close(true), { class: isDanger ? "danger" : "primary" }),
      button("Cancel", () => close(false), { autofocus: true })),
  ]);
  return answer === true;
}
