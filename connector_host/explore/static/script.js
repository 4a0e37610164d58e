// Convenience only: every page works without script.
"use strict";

for (const form of document.querySelectorAll("form.filters")) {
  // leave empty parameters out, so that the address is short enough to share
  form.addEventListener("submit", () => {
    for (const field of form.elements) {
      if (field.name && field.value === "" && field.type !== "hidden") field.disabled = true;
    }
  });
  // the arrow keys pass other options on the way to the wanted one, so keyboard users submit with the button
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
