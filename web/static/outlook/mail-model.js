// The mail that is shown: folders, the loaded messages of one folder, what is open and selected.
import { batch, graph, key } from "/outlook/graph.js";
import { box } from "/outlook/session.js";

/** Units: messages in a page. */
const PAGE = 25;
const LISTED = "id,subject,from,toRecipients,receivedDateTime,isRead,isDraft,hasAttachments,categories,conversationId,bodyPreview,internetMessageId,importance";
const SHOWN = `${LISTED},sender,ccRecipients,bccRecipients,sentDateTime,body,parentFolderId`;
const FOLDER = "id,displayName,parentFolderId,childFolderCount,unreadItemCount,totalItemCount";

/** What is shown. `open` is the id in the reading pane, `anchor` where a range begins. */
export const mail = {
  folders: [], folder: null, rows: [], pages: 1, more: false, selected: new Set(), open: null, anchor: null,
  grouped: false, unfolded: new Set(),
};

/** Forgets everything, for another mailbox. */
export function reset() {
  Object.assign(mail, { folders: [], folder: null, rows: [], pages: 1, more: false, open: null, anchor: null });
  mail.selected.clear();
  mail.unfolded.clear();
}

/** A message's path below its mailbox. */
export const pathOf = (id) => `/messages/${key(id)}`;

/** A message as changes of categories take it. */
export const asItem = (row) => ({ id: row.id, path: pathOf(row.id), etag: row["@odata.etag"], categories: row.categories });

/** Reads the folders, each after its parent, with its depth. */
export async function loadFolders() {
  const top = (await graph(`${box()}/mailFolders?$top=100&$select=${FOLDER}`)).value;
  mail.folders = await withChildren(top, 0);
  mail.folder = mail.folders.find((one) => one.id === mail.folder?.id) ?? null;
  return mail.folders;
}

async function withChildren(folders, depth) {
  const parents = folders.filter((one) => one.childFolderCount > 0);
  const answers = await batch(parents.map((one) => ({ path: `${box()}/mailFolders/${key(one.id)}/childFolders?$top=100&$select=${FOLDER}` })));
  const all = [];
  for (const folder of folders) {
    all.push({ ...folder, depth });
    const answer = answers[parents.indexOf(folder)];
    if (answer?.status === 200) all.push(...await withChildren(answer.body.value, depth + 1));
  }
  return all;
}

/** Shows another folder. */
export function choose(folder) {
  Object.assign(mail, { folder, rows: [], pages: 1, more: false, anchor: null });
  mail.selected.clear();
}

/**
 * Reads the messages of the folder, newest first.
 * @returns whether the answer still belongs to the folder that is shown
 */
export async function loadRows(signal) {
  const { folder, pages } = mail;
  const top = pages * PAGE;
  const path = `${box()}/mailFolders/${key(folder.id)}/messages?$top=${top}&$orderby=receivedDateTime desc&$select=${LISTED}`;
  const answer = await graph(path, { signal });
  if (folder.id !== mail.folder?.id || pages !== mail.pages) return false;
  mail.rows = answer.value;
  mail.more = Boolean(answer["@odata.nextLink"]);
  const known = new Set(mail.rows.map((row) => row.id));
  for (const id of mail.selected) if (!known.has(id)) mail.selected.delete(id);
  return true;
}

/** One message with its body. */
export const loadMessage = (id) => graph(`${box()}${pathOf(id)}?$select=${SHOWN}`);

/** The attachments of a message, without their bytes. */
export const loadAttachments = async (id) =>
  (await graph(`${box()}${pathOf(id)}/attachments?$select=id,name,contentType,size,isInline`)).value;

/** The attachments of a message with their bytes, for pictures inside the body. */
export const loadInline = async (id) => (await graph(`${box()}${pathOf(id)}/attachments`)).value;

/** The rows as they stand in the list: with conversations, older messages are folded under the newest. */
export function arranged() {
  if (!mail.grouped) return mail.rows.map((row) => ({ row, level: 0, folded: 0 }));
  const groups = new Map();
  for (const row of mail.rows) groups.set(row.conversationId, [...(groups.get(row.conversationId) ?? []), row]);
  return [...groups].flatMap(([conversation, rows]) => {
    const unfolded = mail.unfolded.has(conversation);
    const head = { row: rows[0], level: 0, folded: rows.length - 1, unfolded, unreadBelow: rows.slice(1).some((row) => !row.isRead) };
    return [head, ...(unfolded ? rows.slice(1).map((row) => ({ row, level: 1, folded: 0 })) : [])];
  });
}

/** The messages that an action is for: the selected ones, else the open one. */
export function chosen() {
  if (mail.selected.size) return mail.rows.filter((row) => mail.selected.has(row.id));
  return mail.rows.filter((row) => row.id === mail.open);
}

/** Puts new names on rows, as an answer told them. */
export function put(results) {
  for (const { item, ok, categories, etag } of results) {
    const row = mail.rows.find((one) => one.id === item.id);
    if (ok && row) Object.assign(row, { categories, ...(etag ? { "@odata.etag": etag } : {}) });
  }
}
