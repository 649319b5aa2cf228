// SPDX-License-Identifier: EUPL-1.2
// Searches in the list that entries.js brings. Without this script the index from A to Z below it does the same.
"use strict";
(function () {
  const entries = window.meetlatEntries;
  const words = window.meetlatWords;
  const form = document.getElementById("search");
  if (!entries || !words || !form) return;
  const box = document.getElementById("search-text");
  const list = document.getElementById("search-found");
  const count = document.getElementById("search-count");
  const most = 50;
  const plain = (text) => text.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "");
  const known = entries.map((entry) => plain(entry[0] + " " + entry[3]));
  function show() {
    const asked = plain(box.value).split(/\s+/).filter(Boolean);
    list.replaceChildren();
    if (!asked.length) { count.textContent = ""; return; }
    const found = [];
    for (let at = 0; at < entries.length; at += 1) {
      if (asked.every((word) => known[at].includes(word))) found.push(at);
    }
    const first = (at) => (known[at].startsWith(asked[0]) ? 0 : 1);
    found.sort((one, other) => first(one) - first(other) || one - other);
    for (const at of found.slice(0, most)) {
      const [name, path, kind, whose] = entries[at];
      const item = document.createElement("li");
      const link = document.createElement("a");
      link.href = path;
      link.textContent = name;
      const about = document.createElement("small");
      about.textContent = " " + [words.kinds[kind], whose].filter(Boolean).join(", ");
      item.append(link, about);
      list.append(item);
    }
    const text = !found.length ? words.none : found.length > most ? words.more : words.found;
    count.textContent = text.replace("{count}", found.length).replace("{shown}", most);
  }
  form.addEventListener("submit", (event) => event.preventDefault());
  box.addEventListener("input", show);
  form.hidden = false;
  show();
})();
