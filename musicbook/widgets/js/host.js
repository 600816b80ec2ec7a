// The host of a page without a kernel: turns the widget state that was saved in the page into working widgets.
//
// A classic script on purpose: a page opened from a disk (file://) may not import modules that lie beside it, but it may run
// scripts. The programs come as text in widgets.js and are imported through blob: addresses.
(() => {
  "use strict";
  const STATE = "application/vnd.jupyter.widget-state+json";
  const VIEW = "application/vnd.jupyter.widget-view+json";
  const shared = (globalThis.musicbook ??= {});
  shared.raw ??= {};
  // Pages lie at different depths; the scripts lie beside this one.
  shared.root = new URL(".", document.currentScript.src).href;

  // The part of Jupyter's widget model that our programs use. Nobody listens at the other end, so saving does nothing.
  class Model {
    constructor(entry) {
      this.entry = entry;
      this.values = { ...entry.state };
      for (const { path, data, encoding } of entry.buffers ?? []) {
        if (encoding !== "base64") continue;
        const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
        let place = this.values;
        for (const step of path.slice(0, -1)) place = place[step];
        place[path.at(-1)] = new DataView(bytes.buffer);
      }
      this.listeners = new Map();
    }
    get(name) {
      return this.values[name];
    }
    set(name, value) {
      const changes = typeof name === "object" ? name : { [name]: value };
      for (const [key, next] of Object.entries(changes)) {
        if (this.values[key] === next) continue;
        this.values[key] = next;
        this.trigger(`change:${key}`, this, next);
        this.trigger("change", this);
      }
    }
    // As in a live notebook: a widget that has another one among its traits gets its model.
    widget_manager = { get_model: async (id) => modelOf(id) };
    save_changes() {}
    send() {}
    on(names, callback) {
      for (const name of names.split(" ")) this.listeners.set(name, [...(this.listeners.get(name) ?? []), callback]);
    }
    off(names, callback) {
      for (const name of names ? names.split(" ") : [...this.listeners.keys()]) {
        this.listeners.set(name, callback ? (this.listeners.get(name) ?? []).filter((each) => each !== callback) : []);
      }
    }
    trigger(name, ...values) {
      for (const callback of this.listeners.get(name) ?? []) callback(...values);
    }
  }

  function sayInstead(el, words) {
    const note = document.createElement("p");
    note.className = "musicbook-missing";
    note.textContent = words;
    el.append(note);
  }

  const styles = new Set();
  function addStyle(text) {
    if (!text || styles.has(text)) return;
    styles.add(text);
    const style = document.createElement("style");
    style.textContent = text;
    document.head.append(style);
  }

  const programs = new Map(); // id -> promise of a module
  function program(id, model) {
    if (!programs.has(id)) {
      const made = shared.programs?.[id];
      const text = made ? made.js.map((name) => shared.parts.js[name]).join("\n") : model.get("_esm");
      if (!text) return null;
      for (const sheet of made ? made.css.map((name) => shared.parts.css[name]) : [model.get("_css")]) addStyle(sheet);
      const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
      programs.set(id, import(url).finally(() => URL.revokeObjectURL(url)));
    }
    return programs.get(id);
  }

  const models = new Map();
  let saved = {};
  function modelOf(id) {
    if (!models.has(id)) {
      if (!saved[id]) return null;
      models.set(id, new Model(saved[id]));
    }
    return models.get(id);
  }

  const LAYOUTS = { HBoxModel: "row", VBoxModel: "column", BoxModel: "row" };
  async function mount(id, el) {
    const model = modelOf(id);
    if (!model) {
      sayInstead(el, "This interactive part was not saved with the page. Open the notebook in JupyterLab and run it to see it here.");
      return;
    }
    const kind = model.entry.model_name;
    if (kind in LAYOUTS) {
      Object.assign(el.style, { display: "flex", flexFlow: `${LAYOUTS[kind]} wrap`, gap: "0.5rem 1rem" });
      for (const child of model.get("children") ?? []) {
        const place = el.appendChild(document.createElement("div"));
        place.style.flex = LAYOUTS[kind] === "row" ? "1 1 18rem" : "none";
        place.style.minWidth = "0";
        await mount(child.replace("IPY_MODEL_", ""), place);
      }
    } else if (kind === "HTMLModel" || kind === "HTMLMathModel") {
      el.innerHTML = model.get("value") ?? "";
    } else if (kind === "LabelModel") {
      el.textContent = model.get("value") ?? "";
    } else {
      await run(model, el);
    }
  }

  async function run(model, el) {
    const id = model.get("_anywidget_id") ?? model.entry.model_name;
    try {
      const module = await program(id, model);
      if (!module) {
        sayInstead(el, `The program of the interactive part "${id}" is missing from this page; it works in a live notebook.`);
        return;
      }
      const widget = typeof module.default === "function" ? await module.default() : module.default;
      const { signal } = new AbortController();
      await widget.initialize?.({ model, signal });
      await widget.render({ model, el, signal });
    } catch (error) {
      console.error(error);
      sayInstead(el, `The interactive part "${id}" could not start (${error.message}).`);
    }
  }

  function loadPrograms() {
    return new Promise((done) => {
      const script = document.createElement("script");
      script.src = `${shared.root}widgets.js`;
      script.onload = script.onerror = done; // without it a state that kept its program still runs
      document.head.append(script);
    });
  }

  async function start() {
    const places = document.querySelectorAll(`script[type="${VIEW}"]`);
    if (places.length === 0) return;
    for (const script of document.querySelectorAll(`script[type="${STATE}"]`)) {
      Object.assign(saved, JSON.parse(script.textContent).state);
    }
    await loadPrograms();
    for (const place of places) {
      const el = document.createElement("div");
      el.className = "musicbook-widget";
      place.after(el);
      await mount(JSON.parse(place.textContent).model_id, el);
    }
    document.documentElement.dataset.musicbook = "ready";
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
