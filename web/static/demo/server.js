// What the page asks of the server, with the token that says it is the page that asks.

import { RequestFailed, request } from "/assets/common/dom.js";

const token = document.querySelector('meta[name="page-token"]').content;

/** The header that every request of this page carries. */
export const headers = { "X-Page-Token": token };

/**
 * A request below `/demo/api/`.
 * @param {string} path
 * @param {{method?: string, body?: unknown}} [options]
 */
export const ask = (path, options = {}) => request(`/demo/api/${path}`, { ...options, headers });

/** Whether the server does not know what was asked for. */
export const isUnknown = (error) => error instanceof RequestFailed && [404, 405, 501].includes(error.status);
