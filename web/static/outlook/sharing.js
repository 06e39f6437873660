// With whom the signed-in person's calendar is shared.
import { make, say } from "/assets/common/dom.js";
import { graph, key, wordsOf } from "/outlook/graph.js";
import { button, dialog, field } from "/outlook/parts.js";
import { session } from "/outlook/session.js";

const PATH = "/me/calendar/calendarPermissions";
const ROLES = {
  none: "Nothing", freeBusyRead: "When I am busy", limitedRead: "Titles and places", read: "Everything", write: "Everything, and change it",
  delegateWithoutPrivateEventAccess: "Delegate", delegateWithPrivateEventAccess: "Delegate, private events too", custom: "Custom",
};

function row(one, again, fault) {
  const name = one.emailAddress.address ?? one.emailAddress.name;
  const attempt = async (method, words, body) => {
    try {
      await graph(`${PATH}/${key(one.id)}`, { method, body });
      say(words, true);
    } catch (error) {
      fault.textContent = wordsOf(error);
    }
    again();
  };
  const role = make("select", { "aria-label": `What ${name} may see` },
    ...[...new Set([one.role, ...one.allowedRoles])].map((value) => make("option", { value, text: ROLES[value] ?? value })));
  role.value = one.role;
  role.addEventListener("change", () => attempt("PATCH", "Sharing changed.", { role: role.value }));
  return make("li", { class: "category" }, make("span", { class: "clip", text: name }), role,
    one.isRemovable ? button("Remove", () => attempt("DELETE", "No longer shared."), { class: "danger", "aria-label": `Remove ${name}` }) : null);
}

/** Opens the dialog. */
export async function openSharing() {
  const list = make("ul", { class: "categories" }, make("li", { class: "empty", text: "Loading…" }));
  const fault = make("p", { class: "fault", role: "alert" });
  const again = async () => {
    try {
      const answer = await graph(PATH);
      list.replaceChildren(...answer.value.map((one) => row(one, again, fault)));
    } catch (error) {
      fault.textContent = wordsOf(error);
    }
  };
  const who = make("select", {}, ...session.people.filter((one) => one.mail !== session.user.mail).map((one) => make("option", { value: one.mail, text: one.displayName })));
  const role = make("select", {}, ...["limitedRead", "read", "write"].map((value) => make("option", { value, text: ROLES[value] })));
  role.value = "read";
  const form = make("form", { class: "lines" }, field("With", who), field("They see", role), fault,
    make("div", { class: "actions" }, make("button", { type: "submit", class: "primary", text: "Share" }), button("Close", () => shown.close())));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    fault.textContent = "";
    try {
      const name = session.people.find((one) => one.mail === who.value)?.displayName ?? who.value;
      await graph(PATH, { method: "POST", body: { emailAddress: { name, address: who.value }, role: role.value } });
      say(`Shared with ${name}.`, true);
    } catch (error) {
      fault.textContent = wordsOf(error);
    }
    again();
  });
  const shown = dialog("Share your calendar", list, make("h3", { text: "Share with somebody else" }), form);
  await again();
}
