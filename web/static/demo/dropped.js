// The files of a drop or a choice, those of dropped folders included.

/** The content type of each kind of file that can be imported. */
const TYPES = { eml: "message/rfc822", mbox: "application/mbox", ics: "text/calendar" };

/** Units: files that one drop may bring. */
export const FILES_MAX = 500;

/** The content type of a file, or nothing where its kind cannot be imported. */
export function typeOf(file) {
  const ending = file.name.split(".").at(-1).toLowerCase();
  return Object.hasOwn(TYPES, ending) ? TYPES[ending] : "";
}

/** All files of a drop, at most `FILES_MAX`. */
export async function droppedFiles(transfer) {
  // The entries are gone once the event is over, so they are taken before anything is waited for.
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (entries.length === 0) return [...transfer.files].slice(0, FILES_MAX);
  const files = [];
  while (entries.length > 0 && files.length < FILES_MAX) {
    const entry = entries.shift();
    if (entry.isFile) files.push(await new Promise((found, failed) => entry.file(found, failed)));
    else entries.push(...await entriesOf(entry));
  }
  return files;
}

async function entriesOf(folder) {
  const reader = folder.createReader();
  const all = [];
  // A reader gives some entries at a time, and none when it is through.
  for (;;) {
    const some = await new Promise((found, failed) => reader.readEntries(found, failed));
    if (some.length === 0) return all;
    all.push(...some);
  }
}
