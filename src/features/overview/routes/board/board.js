// The page works without this. With it, the board changes by itself, and says how old its figures are.
const told = document.getElementById("told");
const live = document.getElementById("live");
const board = document.getElementById("board");

// When the figures were true, on this browser's own clock, which need not agree with the server's.
let asOf = null;
// Why the figures may be old: the words to show before their age, or nothing while they are current.
let trouble = "";
let ended = false;

const long = (seconds) => (seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`);

function tick() {
  const age = asOf === null ? null : Math.max(0, Math.round((performance.now() - asOf) / 1_000));
  const old = age === null ? "There are no figures yet." : `These figures are ${long(age)} old.`;
  live.textContent = trouble ? `${trouble} ${old}` : `Live. Updated ${age === null ? "just now" : `${long(age)} ago`}.`;
  live.className = trouble ? "trouble" : "";
  board.classList.toggle("old", Boolean(trouble));
}

// Said aloud when it begins and when it is over, not every second.
function say(words) {
  if (words !== trouble) told.textContent = words || "The board is live again.";
  trouble = words;
  tick();
}

function times() {
  for (const time of board.querySelectorAll("time")) {
    time.textContent = new Date(time.dateTime).toLocaleTimeString();
  }
}

// The number of callers on hold is said aloud when it changes.
let onHold = board?.querySelector("#callers-on-hold")?.textContent;
function show({ html, age, failing }) {
  if (html !== null) {
    asOf = performance.now() - age * 1_000;
    board.innerHTML = html;
    times();
    const now = board.querySelector("#callers-on-hold").textContent;
    if (onHold !== undefined && now !== onHold) told.textContent = now === "1" ? "1 caller is on hold." : `${now} callers are on hold.`;
    onHold = now;
  }
  say(failing ? "Twilio does not answer." : "");
}

// The events are fetched, and not opened as an EventSource, which can carry a token in its address only. When nothing
// comes for much longer than the server is ever silent, the connection is dead, whatever the browser believes.
const SILENCE = 25_000;
async function follow() {
  const gone = new AbortController();
  let alarm = setTimeout(() => gone.abort(), SILENCE);
  const heard = () => { clearTimeout(alarm); alarm = setTimeout(() => gone.abort(), SILENCE); };
  try {
    const headers = { Authorization: `Bearer ${entry.elements.Token.value}`, Accept: "text/event-stream" };
    const answer = await fetch("board/events", { headers, cache: "no-store", signal: gone.signal });
    if (answer.status === 401 || answer.status === 403) return "over";
    if (!answer.ok) throw new Error(`The server answered ${answer.status}.`);
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let rest = ""; ;) {
      const { value, done } = await reader.read();
      if (done) return "again";
      heard();
      const events = (rest + value).split("\n\n");
      rest = events.pop();
      for (const event of events) {
        const lines = event.split("\n");
        const data = lines.filter((it) => it.startsWith("data:")).map((it) => it.slice(5)).join("\n");
        if (lines.includes("event: board")) show(JSON.parse(data));
      }
    }
  } finally {
    clearTimeout(alarm);
  }
}

// A pause between two tries, which ends early when the network is back or somebody looks at the page again.
function pause(milliseconds) {
  return new Promise((done) => {
    const over = () => {
      clearTimeout(alarm);
      removeEventListener("online", over);
      document.removeEventListener("visibilitychange", over);
      done();
    };
    const alarm = setTimeout(over, milliseconds);
    addEventListener("online", over);
    document.addEventListener("visibilitychange", over);
  });
}

async function keepFollowing() {
  for (let failures = 0; !ended;) {
    try {
      if (await follow() === "over") {
        ended = true;
        say("Your Flex session has ended. Open the board from Flex again.");
        // Where Flex is still there, it has a newer token.
        ask();
      }
      failures = 0;
    } catch {
      failures += 1;
      say("The connection is lost. Trying again.");
    }
    if (!ended) await pause(Math.min(500 * 2 ** failures, 15_000));
  }
}

if (board) {
  asOf = board.dataset.age === "" ? null : performance.now() - Number(board.dataset.age) * 1_000;
  trouble = live.className === "trouble" ? "Twilio does not answer." : "";
  times();
  tick();
  setInterval(tick, 1_000);
  keepFollowing();
}
