// Writing mail: new, reply, forward, drafts.
import { make, say } from "/assets/common/dom.js";
import { graph, wordsOf } from "/outlook/graph.js";
import { pathOf } from "/outlook/mail-model.js";
import { button, dialog, field } from "/outlook/parts.js";
import { box, session } from "/outlook/session.js";

const addresses = (text) => text.split(/[;,\s]+/).filter(Boolean).map((address) => ({ emailAddress: { address } }));
const strange = (text) => text.split(/[;,\s]+/).filter(Boolean).find((address) => !/^[^@]+@[^@]+$/.test(address));

const KINDS = {
  new: { title: "New mail", recipients: true, subject: true },
  reply: { title: "Reply", recipients: false, subject: false },
  replyAll: { title: "Reply to all", recipients: false, subject: false },
  forward: { title: "Forward", recipients: true, subject: false },
};

function requestOf(kind, original, { to, cc, subject, text }, draft) {
  if (kind === "new") {
    const message = { subject, body: { contentType: "text", content: text }, toRecipients: addresses(to), ccRecipients: addresses(cc) };
    return draft ? [`${box()}/messages`, message] : [`${box()}/sendMail`, { message }];
  }
  const body = kind === "forward" ? { comment: text, toRecipients: addresses(to) } : { comment: text };
  return [`${box()}${pathOf(original.id)}/${kind}`, body];
}

/**
 * Opens the dialog to write.
 * @param {"new"|"reply"|"replyAll"|"forward"} kind
 * @param {object|null} original the message that is answered
 * @param {() => void} sent called when it is out, or saved
 */
export function compose(kind, original, sent) {
  const { title, recipients, subject: hasSubject } = KINDS[kind];
  const people = make("datalist", { id: "known-people" }, ...session.people.map((one) => make("option", { value: one.mail, label: one.displayName })));
  const to = make("input", { list: "known-people", autocomplete: "off", inputmode: "email" });
  const cc = make("input", { list: "known-people", autocomplete: "off", inputmode: "email" });
  const subject = make("input", { autocomplete: "off" });
  const text = make("textarea", { rows: 8 });
  const fault = make("p", { class: "fault", role: "alert" });
  const values = () => ({ to: to.value, cc: cc.value, subject: subject.value, text: text.value });

  const finish = async (draft) => {
    const wrong = strange(to.value) ?? strange(cc.value);
    fault.textContent = wrong ? `“${wrong}” is not an address.` : recipients && !draft && !to.value.trim() ? "Say who gets it." : "";
    if (fault.textContent) {
      to.focus();
      return;
    }
    try {
      const [path, body] = requestOf(kind, original, values(), draft);
      await graph(path, { method: "POST", body });
      shown.close();
      say(draft ? "Saved in Drafts." : "Sent.", true);
      sent();
    } catch (error) {
      fault.textContent = wordsOf(error);
    }
  };
  const form = make("form", { class: "lines", novalidate: true }, people,
    original && make("p", { class: "quiet", text: original.subject || "(no subject)" }),
    recipients && field("To", to), kind === "new" && field("Cc", cc), hasSubject && field("Subject", subject),
    field("Text", text), fault,
    make("div", { class: "actions" }, make("button", { type: "submit", class: "primary", text: "Send" }),
      kind === "new" && button("Save as draft", () => finish(true)), button("Discard", () => shown.close())));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    finish(false);
  });
  const shown = dialog(title, form);
  (recipients ? to : text).focus();
}
