// The operator's page draws itself again as time goes on, unless somebody is marking text in it.
const PAUSE_MS = 2_000;
const seen = () => document.querySelector("[data-testid=seen]");

async function refresh() {
  try {
    const answer = await fetch(location.pathname, { cache: "no-store" });
    const drawn = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!drawn.querySelector("main")) throw new Error(String(answer.status));
    if (getSelection()?.isCollapsed ?? true) {
      for (const part of ["main", "[data-testid=seen]"]) document.querySelector(part)?.replaceWith(drawn.querySelector(part));
    }
  } catch {
    const told = seen();
    if (told && !told.dataset.away) {
      told.dataset.away = "true";
      told.setAttribute("role", "alert");
      told.textContent = `The server does not answer: ${told.textContent}`;
    }
  }
  setTimeout(refresh, PAUSE_MS);
}

setTimeout(refresh, PAUSE_MS);
