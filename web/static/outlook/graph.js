// Requests to Graph with the signed-in user's token.
import { RequestFailed, request } from "/assets/common/dom.js";
import { forgetGraphToken, graphToken } from "/outlook/session.js";

const ROOT = "/graph/v1.0";
/** Units: requests in one batch, as Graph limits them. */
const BATCH = 20;

/** An id as part of a path. */
export const key = (id) => encodeURIComponent(id);

async function authorized(send) {
  try {
    return await send(await graphToken());
  } catch (error) {
    if (!(error instanceof RequestFailed) || error.status !== 401) throw error;
    forgetGraphToken();
    return send(await graphToken());
  }
}

/**
 * One request below the version.
 * @param {string} path starts with a slash; the mailbox is part of it
 */
export function graph(path, { method = "GET", body, headers = {}, signal } = {}) {
  return authorized((token) =>
    request(ROOT + path, { method, body, signal, headers: { ...headers, Authorization: `Bearer ${token}` } }));
}

/** The bytes of something, as a blob. */
export async function download(path) {
  const response = await fetch(ROOT + path, { headers: { Authorization: `Bearer ${await graphToken()}` } });
  if (!response.ok) throw new RequestFailed(response.status, String(response.status), `the server answered ${response.status}`);
  return response.blob();
}

/**
 * Several requests in as few batches as possible; the answers come in the order of the requests.
 * @param {{method?: string, path: string, body?: object, headers?: object}[]} requests
 * @returns {Promise<{status: number, body: any}[]>}
 */
export async function batch(requests) {
  const answers = [];
  for (let first = 0; first < requests.length; first += BATCH) {
    const part = requests.slice(first, first + BATCH);
    const answer = await graph("/$batch", {
      method: "POST",
      body: {
        requests: part.map(({ method = "GET", path, body, headers }, index) => ({
          id: String(index),
          method,
          url: path,
          ...(body ? { body, headers: { "Content-Type": "application/json", ...headers } } : headers ? { headers } : {}),
        })),
      },
    });
    // A server may answer in another order.
    const byId = new Map(answer.responses.map((one) => [one.id, one]));
    part.forEach((_, index) => answers.push(byId.get(String(index)) ?? { status: 500, body: null }));
  }
  return answers;
}

/** What went wrong, in one sentence that a person understands. */
export function wordsOf(error) {
  if (error instanceof RequestFailed && error.status === 403) return "You have no permission for that in this mailbox.";
  if (error instanceof RequestFailed && error.status === 429) return "The mailbox is busy. Try again in a moment.";
  if (error instanceof RequestFailed) return `${error.message} (${error.code})`;
  return "The server cannot be reached.";
}
