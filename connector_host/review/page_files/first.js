// Without script, or when it fails, everything stands one under the other.
document.documentElement.classList.add("scripted");
addEventListener("error", () => document.documentElement.classList.remove("scripted"));
