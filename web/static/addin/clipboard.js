// What people pass on to those who can help. It holds no subject, name or text of a message.

import { by } from "/assets/common/dom.js";
import { client } from "./host.js";

/** What is known of the shown item, for somebody who looks into it. */
export function diagnostics(view, { scope, answers, problem, checkedAt }) {
  const lines = [
    ["Earmark pane", view.name],
    ["Time", new Date().toISOString()],
    ["Outlook", client()],
    ["Mailbox", scope?.mailbox],
    ["Kind", scope && `${scope.kind}, ${scope.mode}, ${scope.items.length} selected`],
    ["Seen", checkedAt],
    ["Problem", problem && [problem.status || "", problem.code, problem.name, problem.message].filter(Boolean).join(" ")],
    ["Request", problem?.requestId],
    ...(scope?.items ?? []).slice(0, 5).flatMap((item, index) => {
      const answer = answers[index];
      return [
        ["Item", `${item.itemId} (${item.idFormat})`],
        ["State", answer && `${answer.state}, ${answer.reason}, attempts ${answer.attempts ?? 0}, version ${answer.version}`],
        ["Link", answer?.id],
        ["Record", answer?.activityId],
        ["Not before", answer?.notBefore],
        ["Error", answer?.error],
      ];
    }),
  ];
  return lines.filter(([, value]) => value !== undefined && value !== null && value !== "").map(([name, value]) => `${name}: ${value}`).join("\n");
}

/** What an administrator needs to let somebody track. */
export function requestForAdministrator(view, { scope, problem }) {
  return [
    `Please enable tracking with Earmark for the mailbox ${scope.mailbox}.`,
    `The pane says: ${view.title} (${problem.code}).`,
    `Request: ${problem.requestId || "unknown"}`,
    `Console: ${location.origin}/admin/`,
  ].join("\n");
}

/** Copies `text`; where the page may not, it is shown to be copied by hand. Answers whether it was copied. */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    by("more").hidden = false;
    by("more").open = true;
    by("by-hand-label").hidden = false;
    by("by-hand").hidden = false;
    by("by-hand").value = text;
    by("by-hand").select();
    return false;
  }
}
