// The form to sign in with the administrator's token.

import { make, say } from "/assets/common/dom.js";
import { signIn } from "./session.js";

/**
 * The form.
 * @param {() => void} entered called after sign-in
 * @param {string} [note] why it is shown
 */
export function signInForm(entered, note) {
  const token = make("input", {
    type: "password", id: "token", name: "password", required: true,
    autocomplete: "current-password", "aria-describedby": "token-note token-problem",
  });
  const problem = make("p", { id: "token-problem", class: "problem", role: "alert" });
  const send = make("button", { class: "primary", type: "submit", text: "Sign in" });
  const form = make("form", { class: "card signin" },
    make("h2", { class: "title", text: "Sign in" }),
    note && make("p", { class: "notice", data: { mood: "wait" }, text: note }),
    // Password managers file a secret under a name.
    make("input", { class: "unseen", type: "text", name: "username", value: "administrator", autocomplete: "username", readonly: true, tabindex: "-1", "aria-hidden": "true" }),
    make("label", { class: "field", for: "token" }, make("span", { text: "Administrator's token" })),
    token,
    make("p", { id: "token-note", class: "quiet", text: "Earmark prints it when it starts for the first time; the configuration may name a file that holds it." }),
    problem,
    make("div", { class: "actions" }, send));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    send.disabled = true;
    problem.textContent = "";
    try {
      await signIn(token.value.trim());
      say("You are signed in.", true);
      entered();
    } catch (error) {
      problem.textContent = refusal(error);
      token.setAttribute("aria-invalid", "true");
      token.select();
      token.focus();
    } finally {
      send.disabled = false;
    }
  });
  return form;
}

function refusal(error) {
  if (error.status === 429) return `Too many attempts. Try again in ${error.retryAfter || 60} seconds.`;
  if (error.status >= 400 && error.status < 500) return "Sign-in failed. Check the token.";
  return "Sign-in is not possible now: the server does not answer. Try again in a moment.";
}
