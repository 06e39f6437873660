// Where in the console the reader is. The address holds all of it, so that it can be shared.

/**
 * @typedef {object} Place
 * @property {string} page the page's name
 * @property {string} id what the page is about, or ""
 * @property {Record<string, string>} query filters and the like
 */

/** The place that the address names. */
export function place() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  const [page, ...rest] = path.split("/");
  return {
    page: page || "overview",
    id: decoded(rest.join("/")),
    query: Object.fromEntries(new URLSearchParams(query)),
  };
}

/** The address of a place. */
export function href(page, id = "", query = {}) {
  const given = Object.entries(query).filter(([, value]) => value);
  const path = id ? `#/${page}/${encodeURIComponent(id)}` : `#/${page}`;
  return given.length ? `${path}?${new URLSearchParams(given)}` : path;
}

/** Changes the filters of the page; `isStep` makes it something that Back undoes. */
export function refine(changes, isStep = false) {
  const { page, id, query } = place();
  const next = href(page, id, { ...query, ...changes });
  if (next === location.hash) return;
  if (isStep) {
    location.hash = next;
    return;
  }
  history.replaceState(null, "", next);
  dispatchEvent(new HashChangeEvent("hashchange"));
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
