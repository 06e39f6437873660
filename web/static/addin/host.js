// Outlook as the pane sees it: what is selected, in which mailbox, and the few things that only
// Outlook can do. Every call may be missing in some client.

/** How long Outlook's library may take. */
const START_MS = 5000;

/** Why Outlook did not do something. */
export class HostFailed extends Error {
  constructor({ code, name, message } = {}) {
    super(message || name || "Outlook does not offer this here");
    this.code = code;
    this.name = name || "NotSupported";
  }
}

const office = () => globalThis.Office;
const mailbox = () => office().context.mailbox;

/** One of Outlook's calls as a promise. */
export function call(owner, method, ...parameters) {
  return new Promise((resolve, reject) => {
    if (typeof owner?.[method] !== "function") {
      reject(new HostFailed());
      return;
    }
    owner[method](...parameters, (result) => {
      if (result.status === "succeeded") resolve(result.value);
      else reject(new HostFailed(result.error));
    });
  });
}

/** Waits for Outlook. Answers false in a page that is not in Outlook, and throws without the library. */
export async function start() {
  if (!office()?.onReady) throw new HostFailed({ name: "NoLibrary" });
  const late = new Promise((_, reject) => {
    setTimeout(() => reject(new HostFailed({ name: "NoLibrary" })), START_MS);
  });
  const { host } = await Promise.race([office().onReady(), late]);
  return host === "Outlook" && Boolean(mailbox());
}

/** Whether the client knows a set of calls. */
export const isSupported = (set, version) => Boolean(office()?.context?.requirements?.isSetSupported(set, version));

/** Whether this is a telephone or a tablet: no categories, ids of the other form, a full screen. */
export function isMobile() {
  return /ios|android/i.test(`${office().context.platform ?? ""} ${mailbox().diagnostics?.hostName ?? ""}`);
}

/** Calls `heard` whenever something else is selected, from when the promise is kept. */
export async function onSelection(heard) {
  const types = office().EventType ?? {};
  const listen = (type) => call(mailbox(), "addHandlerAsync", type, heard).catch(() => {});
  await Promise.all([
    types.ItemChanged && listen(types.ItemChanged),
    types.SelectedItemsChanged && isSupported("Mailbox", "1.13") && listen(types.SelectedItemsChanged),
  ]);
}

/**
 * What is selected; null where nothing is.
 * @returns {Promise<null | {key: string, kind: string, mode: string, subject: string, mailbox: string,
 *   owner: string|null, mayChange: boolean, items: Array<{itemId: string|null, idFormat: string,
 *   internetMessageId: string|null, subject: string}>}>}
 */
export async function look() {
  const item = mailbox().item ?? null;
  const selected = await selection();
  if (selected.length > 1 || (!item && selected.length === 1)) return lookAtSelection(selected);
  if (!item) return null;
  const isRead = typeof item.subject === "string";
  const [subject, itemId, shared] = await Promise.all([
    isRead ? item.subject : call(item.subject, "getAsync").catch(() => ""),
    isRead ? item.itemId : call(item, "getItemIdAsync").catch(() => null),
    sharedBy(item),
  ]);
  const kind = item.itemType === "appointment" ? "appointment" : "message";
  return scope(kind, isRead ? "read" : "compose", shared, [chosen(itemId, item.internetMessageId, subject)]);
}

async function selection() {
  if (!isSupported("Mailbox", "1.13")) return [];
  return (await call(mailbox(), "getSelectedItemsAsync").catch(() => null)) ?? [];
}

async function lookAtSelection(selected) {
  const items = selected.map((one) => chosen(one.itemId, one.internetMessageId, one.subject));
  let shared = null;
  if (isSupported("Mailbox", "1.15")) {
    // A selection is of one mailbox, so the first item tells whose it is.
    const first = await call(mailbox(), "loadItemByIdAsync", selected[0].itemId).catch(() => null);
    if (first) {
      shared = await sharedBy(first);
      await call(first, "unloadAsync").catch(() => {});
    }
  }
  return scope("message", "read", shared, items);
}

const chosen = (itemId, internetMessageId, subject) => ({
  itemId: itemId || null,
  idFormat: isMobile() ? "restId" : "ewsId",
  internetMessageId: internetMessageId || null,
  subject: subject || "(no subject)",
});

function scope(kind, mode, shared, items) {
  const own = mailbox().userProfile?.emailAddress ?? "";
  const owner = shared?.owner && shared.owner.toLowerCase() !== own.toLowerCase() ? shared.owner : null;
  // Read and edit all: a hint for what is offered; the server decides.
  const mayChange = !owner || (shared.delegatePermissions & 33) === 33;
  const key = `${owner ?? own} ${kind} ${mode} ${items.map((item) => item.itemId).join(" ")}`;
  return { key, kind, mode, subject: items[0].subject, mailbox: owner ?? own, owner, mayChange, items };
}

async function sharedBy(item) {
  if (typeof item.getSharedPropertiesAsync !== "function") return null;
  return call(item, "getSharedPropertiesAsync").catch(() => null);
}

/** Saves what is being written, so that it has an id. */
export const save = () => call(mailbox().item, "saveAsync");

/** Turns Outlook's Log button of an appointment on a telephone into View, or back. */
export async function setLogged(isLogged) {
  const properties = await call(mailbox().item, "loadCustomPropertiesAsync");
  if (isLogged) properties.set("EventLogged", true);
  else properties.remove("EventLogged");
  await call(properties, "saveAsync");
}

/** Closes the pane, where it is the whole screen. */
export const close = () => office().context.ui.closeContainer?.();

/** What helps somebody who looks into a failure. */
export function client() {
  const { hostName = "", hostVersion = "" } = mailbox()?.diagnostics ?? {};
  return `${hostName} ${hostVersion} ${office()?.context?.platform ?? ""}`.trim();
}

/** Follows Outlook's own theme where it tells one. */
export function followTheme() {
  const apply = (theme) => {
    const channels = /^#?([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})/i.exec(theme?.bodyBackgroundColor ?? "");
    if (!channels) return;
    const [red, green, blue] = channels.slice(1).map((part) => parseInt(part, 16));
    const isDark = 0.299 * red + 0.587 * green + 0.114 * blue < 128;
    document.documentElement.dataset.theme = isDark ? "dark" : "light";
  };
  apply(office().context.officeTheme);
  const changed = office().EventType?.OfficeThemeChanged;
  if (changed) call(mailbox(), "addHandlerAsync", changed, (event) => apply(event.officeTheme)).catch(() => {});
}
