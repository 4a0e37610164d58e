// Comfort only: every page works without it.
"use strict";

for (const form of document.querySelectorAll("form.filters")) {
  // an address without empty parameters is easier to pass on
  form.addEventListener("submit", () => {
    for (const field of form.elements) {
      if (field.name && field.value === "" && field.type !== "hidden") field.disabled = true;
    }
  });
  // with the keys one passes by other choices on the way to the one that is meant: there the button is the end of it
  for (const choice of form.querySelectorAll("select")) {
    let keys = false;
    choice.addEventListener("keydown", () => { keys = true; });
    choice.addEventListener("pointerdown", () => { keys = false; });
    choice.addEventListener("change", () => { if (!keys) form.requestSubmit(); });
  }
}

document.addEventListener("keydown", (event) => {
  const typing = event.target instanceof Element && event.target.closest("input, select, textarea");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    const search = document.querySelector("input[type=search]");
    if (search) {
      event.preventDefault();
      search.focus();
      search.select();
    }
  }
});

for (const box of document.querySelectorAll(".command")) {
  if (!navigator.clipboard) break;
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Copy";
  button.setAttribute("aria-live", "polite");
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(box.querySelector("code").textContent);
    button.textContent = "Copied";
  });
  box.append(button);
}
