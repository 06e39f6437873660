// The text of an HTML body, for reading. No markup of it ever reaches the page.

const SILENT = new Set(["SCRIPT", "STYLE", "HEAD", "TEMPLATE", "NOSCRIPT", "IFRAME", "OBJECT", "SVG"]);
const BLOCKS = new Set([
  "ADDRESS", "ARTICLE", "BLOCKQUOTE", "DIV", "DL", "DT", "DD", "FIELDSET", "FOOTER", "FORM", "H1", "H2", "H3",
  "H4", "H5", "H6", "HEADER", "HR", "LI", "MAIN", "OL", "P", "PRE", "SECTION", "TABLE", "TR", "UL",
]);

/** The text of a body that may be HTML. */
export function bodyText(body, mimeType) {
  if (!body) return "";
  const isMarkup = mimeType === "text/html" || (!mimeType && /<(html|body|div|p|br)\b/i.test(body));
  if (!isMarkup) return body.trim();
  const parts = [];
  collect(new DOMParser().parseFromString(withoutStyle(body), "text/html").body, parts, false);
  return parts.join("").replace(/[^\S\n]+\n/g, "\n").replace(/\n{3,}/g, "\n\n").trim();
}

/** Style has no use in a text, and the browser would report each one as refused by the page's policy. */
function withoutStyle(body) {
  return body
    .replace(/<(\/?)style\b/gi, "<$1template")
    .replace(/<[a-z][^>]*>/gi, (tag) => tag.replace(/([\s"'/])style(\s*=)/gi, "$1data-style$2"));
}

function collect(node, parts, isPreformatted) {
  for (const child of node.childNodes) {
    if (child.nodeType === Node.TEXT_NODE) {
      parts.push(isPreformatted ? child.data : spaced(child.data, parts));
    } else if (child.nodeType === Node.ELEMENT_NODE && !SILENT.has(child.tagName.toUpperCase())) {
      element(child, parts, isPreformatted);
    }
  }
}

function element(child, parts, isPreformatted) {
  const name = child.tagName;
  if (name === "BR") {
    parts.push("\n");
    return;
  }
  const isBlock = BLOCKS.has(name);
  if (isBlock) newLine(parts);
  if (name === "LI") parts.push("• ");
  collect(child, parts, isPreformatted || name === "PRE");
  if (name === "TD" || name === "TH") parts.push("\t");
  if (isBlock) newLine(parts);
  if (name === "P") parts.push("\n");
}

/** Runs of white space are one space, and none at the start of a line. */
function spaced(text, parts) {
  const joined = text.replace(/\s+/g, " ");
  return isAtLineStart(parts) ? joined.trimStart() : joined;
}

function isAtLineStart(parts) {
  const last = lastText(parts);
  return last === "" || last.endsWith("\n");
}

function newLine(parts) {
  if (!isAtLineStart(parts)) parts.push("\n");
}

function lastText(parts) {
  for (let index = parts.length - 1; index >= 0; index -= 1) {
    if (parts[index] !== "") return parts[index];
  }
  return "";
}
