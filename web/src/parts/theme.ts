// Light or dark: as the system says, until the reader says otherwise.

const KEPT = "freehold.theme";

export type Theme = "light" | "dark";

export function themeNow(): Theme {
  const chosen = document.documentElement.dataset["theme"];
  if (chosen === "light" || chosen === "dark") return chosen;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

export function turnTheme(): Theme {
  const next = themeNow() === "dark" ? "light" : "dark";
  document.documentElement.dataset["theme"] = next;
  try {
    localStorage.setItem(KEPT, next);
  } catch {
    // It holds until the page is left.
  }
  return next;
}
