// The forms work without this. With it, a message plays and is marked where it stands.
const told = document.getElementById("told");
const tell = (words) => { told.textContent = words; };

for (const time of document.querySelectorAll("time")) {
  time.textContent = new Date(time.dateTime).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}

const caller = (form) => form.closest("li").querySelector("h2").textContent;

async function post(form, submitter, accept) {
  const body = new URLSearchParams(new FormData(form, submitter));
  const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: accept } });
  if (!answer.ok) {
    const problem = await answer.json().catch(() => ({}));
    throw new Error(problem.detail || `The server answered ${answer.status}.`);
  }
  return answer;
}

// Nothing is taken away that the focus may stand on.
async function mark(form, submitter) {
  const kept = await (await post(form, submitter, "application/json")).json();
  const message = form.closest("li");
  message.className = `card ${kept.state}`;
  message.querySelector(".state").textContent = kept.state;
  for (const button of form.querySelectorAll("button")) {
    button.setAttribute("aria-pressed", String(button.value === kept.state));
  }
  tell(`The message from ${caller(form)} is marked as ${kept.state}.`);
}

const isNew = (form) => form.closest("li").classList.contains("new");

async function play(form) {
  if (!form.isConnected) return;
  const marks = form.closest("li").querySelector("form.mark");
  tell("Loading the message…");
  const answer = await post(form, null, "audio/*");
  const audio = document.createElement("audio");
  audio.controls = true;
  audio.setAttribute("aria-label", `Message from ${caller(form)}`);
  audio.addEventListener("error", () => tell("This browser cannot play the message."));
  // It counts as heard once it sounds, not when it was only fetched.
  audio.addEventListener("playing", () => {
    tell("Playing.");
    act(async () => { if (isNew(marks)) await mark(marks, marks.querySelector("[value=heard]")); }, marks);
  }, { once: true });
  audio.src = URL.createObjectURL(await answer.blob());
  form.before(audio);
  audio.focus();
  form.remove();
  audio.play().catch(() => { if (!audio.error) tell("Press play to listen."); });
}

// What is asked of one form is done in turn, so that the last word stands.
const turns = new WeakMap();
function act(how, form, submitter) {
  const turn = (turns.get(form) ?? Promise.resolve()).then(() => how(form, submitter));
  turns.set(form, turn.catch((error) => tell(error.message)));
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  const how = form.matches("form.play") ? play : form.matches("form.mark") ? mark : null;
  if (how) {
    event.preventDefault();
    act(how, form, event.submitter);
  }
});
