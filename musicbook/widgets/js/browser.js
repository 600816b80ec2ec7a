// The tune browser: select boxes and a search narrow a list of tunes; the tune that is picked is seen and heard in a player.
//
// Each choice says how many tunes it would leave, given all the other choices, so that no reader filters into emptiness unawares.

const FACETS = [["collection", "Collection"], ["region", "Region"], ["kind", "Tune type"], ["meter", "Metre"], ["mode", "Mode"]];
const IN_WORDS = { region: { "": "not given" }, kind: { "": "not given" }, meter: { none: "free" } };
const PAGE_OF_LIST = 8; // tunes that Page Up and Page Down go by

Object.assign(ICONS, {
  previous: '<path d="M6 5h2.500v14H6zM19 5v14L9.500 12z"/>',
  next: '<path d="M15.500 5H18v14h-2.500zM5 5l9.500 7L5 19z"/>',
});

// A tune as Python sends it, with its notes in quarter notes, and what the select boxes and the list say of it.
function readRecord(record) {
  const { steps, meter, pickup } = record;
  const notes = record.notes.map(([onset, duration, pitch, voice = 0]) => [onset / steps, duration / steps, pitch, voice]);
  const said = Object.fromEntries(FACETS.map(([facet]) => [facet, IN_WORDS[facet]?.[record[facet]] ?? record[facet]]));
  const { title, tonic, mode } = record;
  const music = readTune({ notes, meter, pickup: pickup / steps });
  return { ...record, music, said, folded: foldText(title), key: `${tonic.replace("#", "♯").replace("b", "♭")} ${mode}` };
}

// Without capitals and accents: a reader's keyboard may have no ü.
const foldText = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

const fits = (tune, wanted) =>
  tune.folded.includes(foldText(wanted.title.trim())) && FACETS.every(([facet]) => !wanted[facet] || tune.said[facet] === wanted[facet]);

function render({ model, el }) {
  const tunes = model.get("tunes").map(readRecord);
  const find = (id) => tunes.find((each) => each.id === id);
  const nothing = () => ({ title: "", ...Object.fromEntries(FACETS.map(([facet]) => [facet, ""])) });
  let wanted = nothing();
  let left = tunes;
  let tune = find(model.get("selected"));
  let tempo = tune.tempo; // the reader may change it for the tune that is shown; the next one comes at its own

  const sound = () => ({ notes: tune.music.notes, length: tune.music.length, tempo });
  const settings = sound();
  for (const trait of ["loop", "instrument", "volume"]) settings[trait] = model.get(trait);
  const transport = createTransport(model, settings, () => refresh());

  const player = playerView({
    name: () => tune.title,
    tune: () => tune.music,
    get: (name) => ({ tempo, key: tune.tonic + (tune.mode === "minor" ? "m" : "") })[name] ?? model.get(name),
    transport,
    change: (name, value) => {
      if (name === "tempo") {
        tempo = value;
        transport.set({ tempo });
      } else {
        model.set(name, value);
        model.save_changes();
      }
    },
  });
  const list = tuneList({
    tunes,
    choose,
    toggle: () => (transport.state === "playing" ? transport.pause() : transport.play()),
  });
  const filters = filterBar(tunes, (facet, value) => narrow({ ...wanted, [facet]: value }), () => narrow(nothing()));
  const facts = make("p", { class: "mb-facts" });
  player.root.querySelector(".mb-head").after(facts);
  const said = make("p", { class: "mb-hidden", role: "status" });
  const previous = iconButton("previous", "Previous tune", "", () => step(-1));
  const next = iconButton("next", "Next tune", "", () => step(1));
  const keys = player.root.querySelector(".mb-keys");
  keys.prepend(previous);
  keys.querySelector(".mb-play").after(next);
  const root = make("div", { class: "mb mb-browser", role: "group", "aria-label": "Tune browser" },
    filters.box, list.head, list.box, player.root, said);
  el.append(root);

  function choose(chosen) {
    if (!chosen || chosen === tune) return;
    tune = chosen;
    tempo = tune.tempo;
    // A tune that plays is followed by the next one from its start; one that rests, by one that rests at its start.
    if (transport.state === "paused") transport.stop();
    transport.set(sound());
    transport.seek(0);
    model.set("selected", tune.id);
    model.save_changes();
    renew();
  }

  // Round the tunes that are left, so that a button never goes dead under the reader's finger.
  function step(by) {
    const at = left.indexOf(tune);
    choose(left.at(at < 0 ? Math.min(by, 0) : (at + by) % left.length));
    said.textContent = `${tune.title}, tune ${left.indexOf(tune) + 1} of ${left.length}`;
  }

  function narrow(changed) {
    wanted = changed;
    left = tunes.filter((each) => fits(each, wanted));
    renew();
  }

  function renew() {
    filters.show(wanted, left.length);
    list.show(left, tune);
    previous.disabled = next.disabled = left.length === 0;
    const { collection, region, kind, meter } = tune.said;
    const part = tune.whole ? "the whole tune" : model.get("bars") === 1 ? "the first bar" : `the first ${model.get("bars")} bars`;
    const words = [collection, tune.region && region, tune.kind && kind, `${meter === "free" ? "free metre" : meter}`, `${tune.key} (estimated)`, part];
    facts.replaceChildren(`${words.filter(Boolean).join(" · ")} · `, make("code", {}, tune.id));
    player.renew();
    refresh();
  }

  let frame = 0;
  function refresh() {
    player.show(transport.position());
    if (transport.state === "playing" && !frame) {
      frame = requestAnimationFrame(() => {
        frame = 0;
        refresh();
      });
    }
  }

  const heard = {
    "change:selected": () => {
      if (model.get("selected") === tune.id) return;
      choose(find(model.get("selected")));
      if (!left.includes(tune)) narrow(nothing()); // Python has put in a tune that the filters hide
    },
  };
  for (const trait of ["loop", "instrument", "volume"]) {
    heard[`change:${trait}`] = () => {
      transport.set({ [trait]: model.get(trait) });
      player.renew();
    };
  }
  for (const [event, answer] of Object.entries(heard)) model.on(event, answer);
  const stopWatching = [root, player.root].map((each) => watchTheme(each, () => refresh()));
  const size = new ResizeObserver(() => refresh());
  size.observe(player.canvas);
  renew();

  return () => {
    for (const [event, answer] of Object.entries(heard)) model.off(event, answer);
    transport.pause();
    cancelAnimationFrame(frame);
    for (const stop of stopWatching) stop();
    size.disconnect();
  };
}

// The search, a select box for each facet, and how many tunes are left.
function filterBar(tunes, change, clear) {
  const search = make("input", {
    type: "search", class: "mb-menu", autocomplete: "off", "data-lm-suppress-shortcuts": "true", placeholder: "words of a title",
    oninput: () => change("title", search.value),
  });
  const boxes = FACETS.map(([facet, label]) => {
    const values = tunes.map((tune) => tune.said[facet]);
    const often = (value) => values.filter((each) => each === value).length;
    // The frequent ones first; what is not given comes last, however frequent.
    const order = [...new Set(values)].sort((a, b) => (a === "not given") - (b === "not given") || often(b) - often(a) || (a < b ? -1 : 1));
    const select = menu(label, ["", ...order].map((value) => [value, value]), "", (value) => change(facet, value));
    return { facet, label, select };
  });
  const left = make("span", { role: "status", class: "mb-left" });
  const again = make("button", { type: "button", class: "mb-link", "data-lm-suppress-shortcuts": "true" }, "Clear the filters");
  again.addEventListener("click", () => {
    clear();
    search.focus(); // the button is gone
  });
  const field = (label, control) => make("label", { class: "mb-filter" }, make("span", {}, label), control);
  const box = make("div", { class: "mb-filters", role: "search", "aria-label": "Filter the tunes" },
    field("Title", search), ...boxes.map(({ label, select }) => field(label, select)),
    make("div", { class: "mb-count" }, left, again));

  function show(wanted, count) {
    if (search.value !== wanted.title) search.value = wanted.title;
    for (const { facet, select } of boxes) {
      const others = tunes.filter((tune) => fits(tune, { ...wanted, [facet]: "" }));
      for (const option of select.options) {
        const would = option.value ? others.filter((tune) => tune.said[facet] === option.value).length : others.length;
        option.textContent = `${option.value || "any"} (${would})`;
        option.disabled = would === 0 && option.value !== "" && option.value !== wanted[facet];
      }
      select.value = wanted[facet];
      select.dataset.set = String(wanted[facet] !== "");
    }
    const words = count ? `${count} of ${tunes.length} tunes` : "No tune has all of this";
    if (left.textContent !== words) left.textContent = words;
    again.hidden = Object.values(wanted).every((value) => value === "");
  }
  return { box, show };
}

// The list: a listbox in which the arrow keys pick a tune and Enter or the space bar plays it.
function tuneList({ tunes, choose, toggle }) {
  const shared = hub();
  shared.lists = (shared.lists ?? 0) + 1; // ids must differ from those of another browser in the page
  const columns = (tune) => [tune.said.collection, tune.said.region, tune.said.meter, tune.key];
  const lines = new Map(tunes.map((tune, k) => {
    const cells = columns(tune).map((words) => make("span", { class: "mb-cell" }, words));
    const line = make("div", {
      role: "option", class: "mb-line-of-list", id: `mb-list-${shared.lists}-${k}`, "aria-label": [tune.title, ...columns(tune)].join(", "),
      onclick: () => choose(tune),
    }, make("span", { class: "mb-cell-title" }, tune.title), ...cells);
    return [tune, line];
  }));
  const head = make("div", { class: "mb-line-of-list mb-list-head", "aria-hidden": "true" },
    ...["Title", "Collection", "Region", "Metre", "Key (estimated)"].map((words) => make("span", {}, words)));
  const box = make("div", { class: "mb-list", role: "listbox", tabindex: "0", "aria-label": "Tunes", "data-lm-suppress-shortcuts": "true" });
  let left = [];
  let chosen = null;
  box.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const at = left.indexOf(chosen);
    const last = left.length - 1;
    const to = {
      ArrowDown: at + 1, ArrowUp: at < 0 ? last : at - 1, PageDown: at + PAGE_OF_LIST, PageUp: at - PAGE_OF_LIST, Home: 0, End: last,
    }[event.key];
    if (to === undefined && event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    if (to === undefined) toggle();
    else choose(left[Math.max(0, Math.min(last, to))]);
  });

  function show(those, tune) {
    const same = those.length === left.length && those.every((each, k) => each === left[k]);
    [left, chosen] = [those, tune];
    if (!same) box.replaceChildren(...left.map((each) => lines.get(each)));
    for (const [each, line] of lines) line.setAttribute("aria-selected", String(each === tune));
    box.hidden = head.hidden = left.length === 0;
    if (!left.includes(tune)) {
      box.removeAttribute("aria-activedescendant");
      return;
    }
    const line = lines.get(tune);
    box.setAttribute("aria-activedescendant", line.id);
    // Scroll inside the list's own box, never the page.
    const [top, bottom] = [line.offsetTop, line.offsetTop + line.offsetHeight];
    if (top < box.scrollTop) box.scrollTop = top;
    else if (bottom > box.scrollTop + box.clientHeight) box.scrollTop = bottom - box.clientHeight;
  }
  return { head, box, show };
}

export default { render };
