"use strict";
// The forms work without this. With it, a message plays and is marked where it stands.
const status = document.getElementById("status");
const tell = (words) => { status.textContent = words; };

// The door: a token after the # of the address is sent as a form, and leaves the address and the history at once.
const door = document.getElementById("door");
if (door) {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (token) {
    history.replaceState(null, "", location.pathname);
    door.elements.Token.value = token;
    door.submit();
  }
}

for (const time of document.querySelectorAll("time")) {
  time.textContent = new Date(time.dateTime).toLocaleString();
}

async function post(form, submitter, accept) {
  const body = new URLSearchParams(new FormData(form, submitter));
  const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: accept } });
  if (!answer.ok) {
    const problem = await answer.json().catch(() => ({}));
    throw new Error(problem.detail || `The server answered ${answer.status}.`);
  }
  return answer;
}

async function mark(form, submitter) {
  const kept = await (await post(form, submitter, "application/json")).json();
  const message = form.closest("li");
  message.className = kept.state;
  message.querySelector(".state").textContent = kept.state;
  tell(`Marked as ${kept.state}.`);
}

async function play(form) {
  tell("Loading the message…");
  const answer = await post(form, null, "audio/*");
  const audio = document.createElement("audio");
  audio.controls = true;
  audio.src = URL.createObjectURL(await answer.blob());
  const message = form.closest("li");
  audio.setAttribute("aria-label", `Message from ${message.querySelector("h2").textContent}`);
  form.replaceWith(audio);
  audio.focus();
  tell("Playing.");
  audio.play().catch(() => tell("Press play to listen."));
  const heard = message.querySelector("form.mark");
  if (message.className === "new") {
    await mark(heard, heard.querySelector("button[value=heard]"));
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  const act = form.matches("form.play") ? play : form.matches("form.mark") ? mark : null;
  if (act) {
    event.preventDefault();
    act(form, event.submitter).catch((error) => tell(error.message));
  }
});
