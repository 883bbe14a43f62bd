// The server: its key, its refusals, and waiting where it asks to wait.

const KEPT = "whysim-key";

export const key = {
  get: () => {
    try {
      return sessionStorage.getItem(KEPT) ?? "";
    } catch {
      return key.own ?? "";
    }
  },
  set: (value) => {
    key.own = value;
    try {
      sessionStorage.setItem(KEPT, value);
    } catch {
      // It lasts as long as the page then.
    }
  },
};

/// What the server said, or that it said nothing.
export class Refused extends Error {
  constructor(status, { message, param = null, code = null }) {
    super(message);
    Object.assign(this, { status, param, code });
  }
}

const refusal = async (response) => {
  const said = await response.json().catch(() => null);
  const error = said?.error;
  if (typeof error?.message === "string") return new Refused(response.status, error);
  return new Refused(response.status, { message: `the server answered with status ${response.status} and no reason` });
};

const pause = (seconds, signal) =>
  new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, 1000 * seconds);
    signal?.addEventListener("abort", stop, { once: true });
  });

/// Asks once.
const once = async (path, body, signal) => {
  const headers = { ...(body && { "content-type": "application/json" }) };
  if (key.get()) headers.authorization = `Bearer ${key.get()}`;
  try {
    return await fetch(path, { method: body ? "POST" : "GET", headers, body: body && JSON.stringify(body), signal });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Refused(0, { message: "The server does not answer. Is it still running?" });
  }
};

/// The response to a request, which is a GET without a body. Where the server has too much to do it
/// waits as long as it is told, calling `waiting` with the seconds left, and asks again.
export const ask = async (path, body = null, { signal, waiting = () => {} } = {}) => {
  for (;;) {
    const response = await once(path, body, signal);
    if (response.ok) return response;
    if (response.status !== 429) throw await refusal(response);
    const seconds = Math.min(Math.max(Number(response.headers.get("retry-after")) || 1, 1), 120);
    for (let left = Math.ceil(seconds); left > 0; left--) {
      waiting(left);
      await pause(1, signal);
    }
    waiting(0);
  }
};
