// Without script, or when it fails at the start, all parts are shown one below the other.
document.documentElement.classList.add("scripted");
addEventListener("error", () => {
  if (document.documentElement.dataset.ready) return;
  document.documentElement.classList.remove("scripted");
  for (const view of document.querySelectorAll("section.view")) view.hidden = false;
});
