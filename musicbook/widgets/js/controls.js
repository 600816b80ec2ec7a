// Small pieces of interface: elements, icon buttons, labelled sliders and menus.
//
// JupyterLab takes arrow keys and letters as its own shortcuts unless data-lm-suppress-shortcuts is on the control.

const ICONS = {
  play: '<path d="M7 4.5v15l13-7.5z"/>',
  pause: '<path d="M6 4.5h4.5v15H6zM13.500 4.500H18v15h-4.500z"/>',
  stop: '<path d="M5.500 5.500h13v13h-13z"/>',
  loop: '<path d="M17 2.500 21 6.500l-4 4V8H8a3.500 3.500 0 0 0-3.500 3.500V13h-3v-1.500A6.500 6.500 0 0 1 8 5h9zM7 21.500l-4-4 4-4V16h9a3.500 3.500 0 0 0 3.500-3.500V11h3v1.500A6.500 6.500 0 0 1 16 19H7z"/>',
  volume: '<path d="M3 9v6h4l5 4.500v-15L7 9zM15 8.200v7.600a4.200 4.200 0 0 0 0-7.600zM15 4v2.200a6.200 6.200 0 0 1 0 11.600V20a8.300 8.300 0 0 0 0-16z"/>',
  save: '<path d="M10.500 3h3v8h4L12 17 6.500 11h4zM4 19h16v2.500H4z"/>',
};

function make(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name in node && typeof value !== "string") node[name] = value;
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null));
  return node;
}

function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.innerHTML = ICONS[name];
  return svg;
}

function iconButton(name, label, className, onclick) {
  const properties = { type: "button", class: `mb-button ${className}`, "aria-label": label, title: label, onclick };
  return make("button", { ...properties, "data-lm-suppress-shortcuts": "true" }, icon(name));
}

function setButton(button, name, label) {
  if (button.getAttribute("aria-label") === label) return;
  button.setAttribute("aria-label", label);
  button.title = label;
  button.replaceChildren(icon(name));
}

// A labelled range input. `say(value)` is what a screen reader hears.
function slider({ label, min, max, step, value, className, say, oninput }) {
  const input = make("input", { type: "range", class: `mb-slider ${className}`, "aria-label": label, title: label });
  Object.assign(input, { min, max, step });
  input.setAttribute("data-lm-suppress-shortcuts", "true");
  const show = (to) => {
    input.value = to;
    const share = (input.value - input.min) / (input.max - input.min || 1);
    input.style.setProperty("--mb-share", `${100 * share}%`);
    const words = say(Number(to));
    if (input.getAttribute("aria-valuetext") !== words) input.setAttribute("aria-valuetext", words);
  };
  input.addEventListener("input", () => {
    const to = Number(input.value);
    show(to);
    oninput(to);
  });
  show(value);
  return { input, show };
}

function menu(label, options, value, onchange) {
  const select = make("select", { class: "mb-menu", "aria-label": label, title: label, "data-lm-suppress-shortcuts": "true" });
  for (const [key, text] of options) select.append(make("option", { value: key }, text));
  select.value = value;
  select.addEventListener("change", () => onchange(select.value));
  return select;
}

function clockText(seconds) {
  const whole = Math.floor(seconds + 1e-6);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

// Offer bytes as a file.
function download(bytes, name, type) {
  const url = URL.createObjectURL(new Blob([bytes], { type }));
  make("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
