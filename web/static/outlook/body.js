// The body of a message: cleaned of everything that acts or calls out, in a frame without scripts.

const PICTURES = /^image\/(png|jpeg|gif|webp|bmp)$/i;
const FORBIDDEN = ["form", "input", "button", "select", "textarea", "option", "dialog", "audio", "video", "source", "track", "picture", "template"];

let known = { window: null, purify: null };
const watch = new ResizeObserver((entries) => entries.forEach(({ target }) => fit(target.ownerDocument.defaultView.frameElement)));

/** Makes the cleaner inside the frame's window, so that the frame's own policy counts for what it parses. */
async function cleaner(frame) {
  if (known.window !== frame.contentWindow) {
    const { default: make } = await import("/assets/vendor/dompurify/purify.es.js");
    known = { window: frame.contentWindow, purify: make(frame.contentWindow) };
    known.purify.addHook("afterSanitizeAttributes", guarded);
  }
  return known.purify;
}

/** Takes addresses out of style text: they are never loaded, and each would be reported as refused. */
const withoutAddresses = (text) => text.replace(/url\s*\([^)]*\)/gi, "none").replace(/@import[^;]*;?/gi, "");

/**
 * Markup without scripts in attributes and without `<base>`. None of them would ever count, but the
 * browser would report each one as refused.
 */
function withoutHandlers(content) {
  return content.replace(/<[a-z](?:"[^"]*"|'[^']*'|[^"'<>])*>/gi, (tag) =>
    (/^<base\b/i.test(tag) ? "" : tag.replace(/([\s/"'])on[a-z]+\s*=\s*(?:"[^"]*"|'[^']*'|[^\s>"']*)/gi, "$1")));
}

function guarded(node) {
  if (node.hasAttribute?.("style")) node.setAttribute("style", withoutAddresses(node.getAttribute("style")));
  for (const name of ["srcset", "background", "poster", "ping", "longdesc"]) node.removeAttribute?.(name);
  if (node.localName === "style") node.textContent = withoutAddresses(node.textContent);
  if (node.localName === "a" || node.localName === "area") {
    const address = node.getAttribute("href") ?? "";
    if (/^\s*(https?:|mailto:)/i.test(address)) {
      node.setAttribute("target", "_blank");
      node.setAttribute("rel", "noopener noreferrer");
    } else {
      node.removeAttribute("href");
    }
  }
}

/** Puts attached pictures where the body refers to them; counts those that stay outside. */
function pictures(root, inline) {
  let outside = 0;
  for (const picture of root.querySelectorAll("img")) {
    const source = picture.getAttribute("src") ?? "";
    const attached = /^cid:/i.test(source) && inline.find((one) => one.contentId && one.contentId.replace(/^<|>$/g, "") === source.slice(4));
    if (attached?.contentBytes && PICTURES.test(attached.contentType)) {
      picture.setAttribute("src", `data:${attached.contentType};base64,${attached.contentBytes}`);
    } else if (!/^data:image\/(png|jpeg|gif|webp|bmp)[;,]/i.test(source)) {
      outside += 1;
      const words = root.ownerDocument.createElement("span");
      words.className = "not-loaded";
      words.textContent = picture.getAttribute("alt") || "picture";
      picture.replaceWith(words);
    }
    if (!picture.hasAttribute("alt")) picture.setAttribute("alt", "");
  }
  return outside;
}

const loaded = (frame) => new Promise((done) => {
  const ready = () => frame.contentDocument?.readyState === "complete" && frame.contentWindow.location.href !== "about:blank";
  if (ready()) done();
  else frame.addEventListener("load", done, { once: true });
});

/** Makes the frame as high as what is in it. */
function fit(frame) {
  const { body } = frame.contentDocument;
  frame.style.height = `${Math.max(48, Math.ceil(body.getBoundingClientRect().height) + 4)}px`;
}

function text(frame, content) {
  const plain = frame.contentDocument.createElement("pre");
  plain.className = "plain";
  plain.textContent = content;
  return { nodes: [plain], outside: 0, colours: false };
}

async function markup(frame, content, inline) {
  const purify = await cleaner(frame);
  const root = purify.sanitize(withoutHandlers(content), {
    USE_PROFILES: { html: true }, FORBID_TAGS: FORBIDDEN, WHOLE_DOCUMENT: true, RETURN_DOM: true, ALLOW_DATA_ATTR: false,
  });
  const outside = pictures(root, inline);
  const body = root.querySelector("body");
  const holder = frame.contentDocument.createElement("div");
  for (const name of ["style", "dir", "lang"]) if (body?.hasAttribute(name)) holder.setAttribute(name, body.getAttribute(name));
  if (body?.hasAttribute("bgcolor")) holder.style.backgroundColor ||= body.getAttribute("bgcolor");
  holder.append(...(body?.childNodes ?? []));
  return {
    nodes: [...root.querySelectorAll("head style"), holder],
    outside,
    colours: /color|background/i.test(content),
  };
}

/**
 * Shows a body in the frame.
 * @param {HTMLIFrameElement} frame
 * @param {{contentType: string, content: string}} body
 * @param {object[]} inline attachments with their bytes
 * @param {() => boolean} wanted whether this body is still the one to show
 * @returns {Promise<number>} how many pictures were not loaded
 */
export async function showBody(frame, body, inline, wanted) {
  await loaded(frame);
  const made = body.contentType === "html" ? await markup(frame, body.content, inline) : text(frame, body.content);
  if (!wanted()) return 0;
  const shown = frame.contentDocument;
  // A body that brings no colours of its own follows the page into the dark.
  shown.documentElement.dataset.ownColours = made.colours ? "yes" : "no";
  frame.dataset.ownColours = made.colours ? "yes" : "no";
  shown.body.replaceChildren(...made.nodes.map((node) => shown.adoptNode(node)));
  fit(frame);
  watch.disconnect();
  watch.observe(shown.body);
  return made.outside;
}
