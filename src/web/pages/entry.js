"use strict";
// How a token comes to this page without standing in an address. The window that opened the page, or the page that shows
// it in a frame, is told that it is there, and may answer with its user's token. Only Flex is believed.
const entry = document.getElementById("entry");
const refused = document.getElementById("told").textContent !== "";

function enter(token) {
  entry.elements.Token.value = token;
  entry.submit();
}

const flex = window.opener ?? (window.parent === window ? null : window.parent);
const origins = (entry.dataset.origins ?? "").split(" ");
addEventListener("message", ({ source, origin, data }) => {
  if (source === flex && origins.includes(origin) && typeof data?.token === "string") enter(data.token);
});

// The question holds no secret, and only the window that opened this page can hear it.
function ask() {
  flex?.postMessage("switchboard:token?", "*");
}
// A token that was just refused is not asked for again: Flex would give the same one.
if (entry.elements.Token.type !== "hidden" && !refused) ask();

// Where Flex cannot reach its windows, the token may come after the # of the address, which no browser sends to a
// server. It leaves the address and the history at once. A page that is open already may be given one, too.
function enterByAddress() {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (token) {
    history.replaceState(null, "", location.pathname);
    enter(token);
  }
}
enterByAddress();
addEventListener("hashchange", enterByAddress);
