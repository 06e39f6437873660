// Opening the mailbox of somebody else, as far as its owner allows.
import { make } from "/assets/common/dom.js";
import { batch, key, wordsOf } from "/outlook/graph.js";
import { button, dialog, field } from "/outlook/parts.js";
import { session } from "/outlook/session.js";

/** Units: people that are asked about at once. */
const ASKED = 50;

/** What of somebody's mailbox the signed-in person may read. */
async function allowed(mails) {
  const answers = await batch(mails.flatMap((mail) => [
    { path: `/users/${key(mail)}/mailFolders/inbox?$select=id` },
    { path: `/users/${key(mail)}/calendar` },
  ]));
  return mails.map((mail, index) => ({
    mail,
    hasMail: answers[2 * index].status === 200,
    hasCalendar: answers[2 * index + 1].status === 200,
    missing: answers[2 * index].status === 404,
  }));
}

function words({ hasMail, hasCalendar }) {
  if (hasMail && hasCalendar) return "Mail and calendar";
  if (hasMail) return "Mail";
  return hasCalendar ? "Calendar" : "Nothing shared with you";
}

/**
 * Opens the dialog.
 * @param {(mail: string, part: "mail"|"calendar") => void} chosen
 */
export async function openOther(chosen) {
  const list = make("ul", { class: "categories" }, make("li", { class: "empty", text: "Asking what is shared with you…" }));
  const fault = make("p", { class: "fault", role: "alert" });
  const address = make("input", { type: "email", autocomplete: "off", required: true });
  const go = (mail, part) => {
    shown.close();
    chosen(mail, part);
  };
  const form = make("form", { class: "lines", novalidate: true }, field("Another address", address), fault,
    make("div", { class: "actions" }, make("button", { type: "submit", class: "primary", text: "Open" }), button("Close", () => shown.close())));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const mail = address.value.trim();
    if (!mail) {
      fault.textContent = "Say whose mailbox.";
      return;
    }
    try {
      const [{ hasMail, hasCalendar, missing }] = await allowed([mail]);
      if (hasMail || hasCalendar) go(mail, hasMail ? "mail" : "calendar");
      else if (missing) fault.textContent = `There is no mailbox ${mail}.`;
      else fault.textContent = `${mail} shares nothing with you. The owner can share the calendar under Calendar, Sharing; mail is shared in Outlook's folder permissions.`;
    } catch (error) {
      fault.textContent = wordsOf(error);
    }
  });
  const shown = dialog("Open another mailbox", list, form);
  const others = session.people.filter((one) => one.mail !== session.user.mail).slice(0, ASKED);
  try {
    const found = await allowed(others.map((one) => one.mail));
    list.replaceChildren(...(found.length ? found : [null]).map((one, index) => (one
      ? make("li", { class: "category" }, make("span", { class: "clip", text: others[index].displayName }), make("span", { class: "quiet", text: words(one) }),
        make("span", { class: "actions" },
          one.hasMail && button("Open mail", () => go(one.mail, "mail"), { "aria-label": `Open mail of ${others[index].displayName}` }),
          one.hasCalendar && button("Open calendar", () => go(one.mail, "calendar"), { "aria-label": `Open calendar of ${others[index].displayName}` })))
      : make("li", { class: "empty", text: "Nobody else is in this organization." }))));
  } catch (error) {
    list.replaceChildren(make("li", { class: "empty", text: wordsOf(error) }));
  }
}
