"use strict";
// The page is complete without this. With it, the guide and the routes can be searched.
const MOST = 20;
const results = document.getElementById("results");
const found = document.getElementById("found");
const tidy = (text) => text.replace(/\s+/g, " ").trim();

const places = [];
function place(id, title, text) {
  places.push({ id, title: tidy(title), text: tidy(text) });
}
for (const chapter of document.querySelectorAll("details.chapter")) {
  const name = chapter.querySelector("summary").textContent;
  let [id, title, text] = [chapter.id, name, ""];
  for (const it of chapter.querySelector(".inner").children) {
    if (it.matches("h4")) {
      place(id, title, text);
      [id, title, text] = [it.id, `${name}: ${it.textContent}`, ""];
    } else {
      text += ` ${it.textContent}`;
    }
  }
  place(id, title, text);
}
for (const route of document.querySelectorAll("section.routes details")) {
  place(route.id, route.querySelector("summary").textContent, route.querySelector(".inner").textContent);
}
for (const row of document.querySelectorAll("#problem-rows tr")) {
  place(row.id, `Problem: ${row.querySelector("th").textContent}`, row.textContent);
}
for (const it of places) it.all = `${it.title} ${it.text}`.toLowerCase();

// What stands around the first of the words.
function excerpt(text, words) {
  const at = Math.max(0, text.toLowerCase().indexOf(words[0]));
  const from = Math.max(0, at - 50);
  return `${from ? "…" : ""}${text.slice(from, at + 110)}${text.length > at + 110 ? "…" : ""}`;
}

function show(words) {
  const fits = words.length ? places.filter((it) => words.every((word) => it.all.includes(word))) : [];
  const inTitle = (it) => words.every((word) => it.title.toLowerCase().includes(word));
  fits.sort((a, b) => inTitle(b) - inTitle(a));
  results.replaceChildren(...fits.slice(0, MOST).map((it) => {
    const item = document.createElement("li");
    const link = document.createElement("a");
    link.href = `#${it.id}`;
    link.textContent = it.title;
    const text = document.createElement("p");
    text.className = "soft";
    text.textContent = excerpt(it.text, words);
    item.append(link, text);
    return item;
  }));
  results.hidden = fits.length === 0;
  if (!words.length) found.textContent = "";
  else if (fits.length > MOST) found.textContent = `${fits.length} found, the first ${MOST} are shown`;
  else found.textContent = `${fits.length} found`;
}

document.getElementById("search").hidden = false;
document.getElementById("find").addEventListener("input", ({ target }) => {
  show(target.value.toLowerCase().split(/\s+/).filter(Boolean));
});

// A link opens the chapter or the route that it leads to.
function open() {
  const there = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const closed = there?.closest("details:not([open])");
  if (!closed) return;
  closed.open = true;
  there.scrollIntoView();
}
open();
addEventListener("hashchange", open);
