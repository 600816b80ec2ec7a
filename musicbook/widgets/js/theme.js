// Light or dark, and the colours of the voices.
//
// The page's own switch decides: pydata-sphinx-theme writes html[data-theme], JupyterLab body[data-jp-theme-light]; without
// either, the system's preference. CSS does the rest through data-mb-theme; the canvas needs its colours as text.

// Blue, vermilion, green, purple (after Okabe and Ito), darkened or lightened until each stands 3:1 or more against its ground;
// they differ in lightness too, so that the voices stay apart for readers who do not see the hues.
const VOICES = {
  light: ["#1668b8", "#b84a00", "#0b7a5c", "#93368a"],
  dark: ["#6cb6ff", "#ffa657", "#4fd6ab", "#f09be0"],
};

function isDark() {
  const book = document.documentElement.dataset.theme;
  if (book === "dark" || book === "light") return book === "dark";
  const lab = document.body.dataset.jpThemeLight;
  if (lab) return lab === "false";
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

// Keep root's data-mb-theme right and call redraw when it changes; returns a function that stops watching.
function watchTheme(root, redraw) {
  const apply = () => {
    root.dataset.mbTheme = isDark() ? "dark" : "light";
    redraw();
  };
  const observer = new MutationObserver(apply);
  observer.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  observer.observe(document.body, { attributeFilter: ["data-jp-theme-light"] });
  const system = matchMedia("(prefers-color-scheme: dark)");
  system.addEventListener("change", apply);
  apply();
  return () => {
    observer.disconnect();
    system.removeEventListener("change", apply);
  };
}

const calmMotion = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
