// The tree of folders with its counts.
import { by, keyed, make } from "/assets/common/dom.js";
import { mail } from "/outlook/mail-model.js";

/** Folders that count all their messages rather than the unread ones, by their name in Outlook. */
const COUNT_ALL = ["Drafts", "Outbox", "Junk Email"];

function words(folder) {
  const all = COUNT_ALL.includes(folder.displayName);
  const number = all ? folder.totalItemCount : folder.unreadItemCount;
  return { number, text: number ? `${number} ${all ? "items" : "unread"}` : "" };
}

function draw(place, { folder, current }) {
  const { number, text } = words(folder);
  let choice = place.firstChild;
  if (!choice) {
    choice = make("button", { type: "button", class: "plain folder" }, make("span", { class: "clip" }), make("span", { class: "count" }), make("span", { class: "unseen" }));
    place.append(choice);
  }
  const [name, count, said] = choice.children;
  name.textContent = folder.displayName;
  count.textContent = number ? String(number) : "";
  count.setAttribute("aria-hidden", "true");
  said.textContent = `${text ? `, ${text}` : ""}, ${folder.totalItemCount} in all`;
  choice.title = `${folder.displayName}: ${folder.totalItemCount} messages, ${folder.unreadItemCount} unread`;
  choice.dataset.id = folder.id;
  choice.style.paddingInlineStart = `${8 + folder.depth * 14}px`;
  if (current) choice.setAttribute("aria-current", "true");
  else choice.removeAttribute("aria-current");
}

/** Draws the tree; `chosen` is called with the folder. */
export function drawFolders() {
  keyed(by("folders"), mail.folders.map((folder) => ({ folder, current: folder.id === mail.folder?.id })), ({ folder }) => folder.id, draw);
}

/** Listens for a choice. */
export function onFolder(chosen) {
  by("folders").addEventListener("click", (event) => {
    const id = event.target.closest("button")?.dataset.id;
    const folder = mail.folders.find((one) => one.id === id);
    if (folder) chosen(folder);
  });
}
