"use strict";
// The page is whole without this. With it, the routes can be searched.
const search = document.getElementById("search");
const found = document.getElementById("found");
const routes = [...document.querySelectorAll("section.routes details")];
const texts = new Map(routes.map((it) => [it, it.textContent.toLowerCase()]));
search.hidden = false;

document.getElementById("find").addEventListener("input", ({ target }) => {
  const words = target.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const route of routes) {
    route.hidden = !words.every((word) => texts.get(route).includes(word));
    if (!route.hidden) shown += 1;
  }
  for (const section of document.querySelectorAll("section.routes")) {
    section.hidden = !section.querySelector("details:not([hidden])");
  }
  found.textContent = words.length ? `${shown} of ${routes.length} routes` : "";
});

// A link to a route opens it.
function open() {
  const it = document.getElementById(location.hash.slice(1));
  if (it?.matches("details")) it.open = true;
}
open();
addEventListener("hashchange", open);
