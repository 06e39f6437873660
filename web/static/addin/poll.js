// When to look again: every three seconds while something moves, then more and more seldom up to half
// a minute, and never while nobody can see the pane.

const SHORT_MS = 3000;
const LONG_MS = 30000;
const SLOWER = 1.5;
/** Something that moves for longer than this many looks is not hurried along any more. */
const PATIENCE = 20;

/** Calls `look` at the right times; `look` answers whether something moves. */
export function poller(look) {
  let timer = 0;
  let delay = SHORT_MS;
  let looks = 0;
  let isOn = false;

  function plan(wait = delay) {
    clearTimeout(timer);
    if (isOn && !document.hidden) timer = setTimeout(run, wait);
  }

  async function run() {
    const { isMoving, notBefore = 0 } = await look();
    looks += 1;
    delay = isMoving && looks < PATIENCE ? SHORT_MS : Math.min(delay * SLOWER, LONG_MS);
    plan(Math.max(delay, notBefore * 1000));
  }

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) clearTimeout(timer);
    else if (isOn) {
      delay = SHORT_MS;
      looks = 0;
      plan(0);
    }
  });

  return {
    /** Starts anew with the short interval; `wait` is the time to the first look. */
    start(wait = SHORT_MS) {
      isOn = true;
      delay = SHORT_MS;
      looks = 0;
      plan(wait);
    },
    stop() {
      isOn = false;
      clearTimeout(timer);
    },
  };
}
