// Before the first paint: the colours that this reader chose last time. A classic script, so that nothing flashes.
try {
  const chosen = localStorage.getItem("freehold.theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
} catch {
  // A browser that keeps nothing follows the system's colours.
}
