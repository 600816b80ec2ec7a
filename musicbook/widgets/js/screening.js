// Screening: tap or write a melody, and see and hear which passages of a list are like it, and how surprising that is.

const SCREEN_TEMPO = 120;
const WHITE_KEYS = ["a", "s", "d", "f", "g", "h", "j"];
const BLACK_KEYS = ["w", "e", "", "t", "y", "u"];
const screenNote = (pitch) => noteName(pitch, false);
const MARKS = { same: "=", near: "≈", other: "≠", gap: "·" };

function render({ model, el }) {
  const get = (name) => model.get(name);
  const passages = get("passages");
  const catalogue = passages.map((each) => each.notes.map(([onset, long, pitch]) => [onset, long, pitch, 0]));
  const steps = catalogue.map(stepsOf);
  const { limits, precision, recall, honest } = get("bench");
  const quiet = { "data-lm-suppress-shortcuts": "true" };
  let [own, found, octave, taps, fault] = [[], [], 4, null, ""];

  const tuneOf = (notes) => ({ ...readTune({ notes, meter: "4/4", pickup: 0 }), tempo: SCREEN_TEMPO });
  const names = ["Yours", "The match", "Both in turn"];
  const tunes = names.map(() => tuneOf(catalogue[0]));
  const box = createJukebox(model, names, { tunes });
  const finger = createTransport(model, { notes: [], length: 1, tempo: SCREEN_TEMPO, loop: false, instrument: get("instrument"), volume: get("volume") }, () => {});
  const chip = (words, onclick, more = {}) => make("button", { type: "button", class: "mb-side", ...quiet, ...more, onclick }, words);

  // ---- what is looked for
  const words = make("textarea", { class: "mb-screen-text", rows: 3, spellcheck: false, "aria-label": "Your melody as text", ...quiet });
  words.addEventListener("input", () => take(words.value));
  const examples = get("examples");
  const pick = menu("Example", [["", "Pick an example"], ...examples.map(([name], k) => [String(k), name])], "", (k) => k && take(examples[Number(k)][1]));
  const rhythm = make("input", { type: "checkbox", checked: true, ...quiet });
  const say = (seconds) => Math.max(0.25, Math.min(4, Math.round(seconds * 8) / 4));
  const spell = () => taps.map(([pitch, long]) => (long === 1 ? screenNote(pitch) : `${screenNote(pitch)}:${long}`)).join(" ");
  function tap(pitch, when) {
    taps ??= [];
    if (taps.length && rhythm.checked) taps.at(-1)[1] = say((when - taps.at(-1)[2]) / 1000);
    taps.push([pitch, 1, when]);
    finger.stop();
    finger.set({ notes: [[0, 0.9, pitch, 0]], length: 1, instrument: get("instrument"), volume: get("volume") });
    finger.play();
    take(spell(), true);
  }
  const key = (semitone, letter, column) => {
    const black = SHARPS[semitone].length > 1;
    const button = chip(SHARPS[semitone], (event) => tap(12 * (octave + 1) + semitone, event.timeStamp), { style: `grid-column: ${column} / span 2`, "aria-keyshortcuts": letter });
    button.classList.add(black ? "mb-screen-black" : "mb-screen-white");
    return [letter, button];
  };
  const black = BLACK_KEYS.flatMap((letter, k) => (letter ? [key([1, 3, 0, 6, 8, 10][k], letter, 2 * k + 2)] : []));
  const white = WHITE_KEYS.map((letter, k) => key([0, 2, 4, 5, 7, 9, 11][k], letter, 2 * k + 1));
  const keys = new Map([...black, ...white]);
  const octaveSaid = make("output", { class: "mb-where" });
  const shift = (by) => {
    octave = Math.max(2, Math.min(6, octave + by));
    octaveSaid.textContent = `octave ${octave}`;
  };
  const board = make("div", { class: "mb-screen-board", role: "group", "aria-label": "Keyboard" }, ...keys.values());
  board.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    const button = keys.get(event.key.toLowerCase());
    if (!button) return;
    event.preventDefault();
    tap(12 * (octave + 1) + SHARPS.indexOf(button.textContent), event.timeStamp);
  });
  const back = () => {
    if (!taps?.length) return;
    taps.pop();
    take(spell(), true);
  };
  const tools = make("div", { class: "mb-near-sides" }, chip("Octave down", () => shift(-1)), chip("Octave up", () => shift(1)), octaveSaid,
    chip("Remove the last", back), chip("Start anew", () => { taps = []; take("", true); }),
    make("label", { class: "mb-screen-check" }, rhythm, "keep my rhythm"));

  // ---- what was found
  const list = make("ol", { class: "mb-near-tunes" });
  const verdict = make("p", { class: "mb-near-verdict", role: "status" });
  const listen = make("div", { class: "mb-near-sides" });
  ["your melody", "the match", "both in turn, the shared passages, in your key"].forEach((more, k) => listen.append(box.playButton(k, "mb-near-tune", more, make("span", {}, names[k]))));
  const table = make("table", { class: "mb-screen-table" });
  const frame = make("div", { class: "mb-screen-frame", tabindex: "0", role: "group", "aria-label": "Aligned notes", ...quiet }, table);

  // ---- the threshold
  const told = make("p", { class: "mb-near-more" });
  const said = make("output", { class: "mb-where" });
  const limit = slider({
    label: "Threshold", min: 0, max: limits.length - 1, step: 1, value: 0, className: "mb-near-slider",
    say: (k) => `surprise ${limits[k].toFixed(2)}`, oninput: (k) => { box.save("limit", limits[k]); renew(); },
  });
  const picture = make("div", { class: "mb-screen-curve" });

  const root = make("div", { class: "mb mb-neighbours mb-screening", role: "group", "aria-label": get("title") || "Screening" },
    get("title") ? make("div", { class: "mb-head" }, make("span", { class: "mb-title" }, get("title"))) : null,
    make("div", { class: "mb-near-columns" },
      make("div", {}, make("p", { class: "mb-near-head" }, "Your melody"), pick, board, tools, words),
      make("div", {}, make("p", { class: "mb-near-head" }, `Most like it, of ${passages.length} passages`), list, verdict, listen)),
    frame,
    make("div", { class: "mb-near-columns mb-screen-limits" },
      make("div", {}, make("div", { class: "mb-near-line" }, make("span", { "aria-hidden": "true" }, "Threshold"), said), limit.input, told), picture),
    box.player.root,
    get("caption") ? make("p", { class: "mb-caption" }, get("caption")) : null);
  el.append(root);

  function take(text, tapped = false) {
    if (!tapped) taps = null;
    box.save("text", text);
    box.save("match", 0);
    search();
  }

  function search() {
    if (words.value !== get("text")) words.value = get("text");
    try {
      own = readMelody(get("text"));
      found = screenMelody(own, steps);
      fault = "";
    } catch (error) {
      [found, fault] = [[], error.message];
    }
    renew();
  }

  const noteOf = (rows, at, tie = "") => (at === null ? tie : screenNote(rows[at][2]));
  function align({ k, pairs }) {
    const other = catalogue[k];
    const first = pairs.find(([i, j]) => i !== null && j !== null) ?? pairs[0];
    const columns = [[noteOf(own, first[0]), noteOf(other, first[1]), "same"]];
    for (const [i, j] of pairs) {
      const worth = i === null || j === null ? null : worthOf(stepsOf(own)[i], steps[k][j]);
      columns.push([noteOf(own, i === null ? null : i + 1), noteOf(other, j === null ? null : j + 1), worth === null ? "gap" : worth === 4 ? "same" : worth > 0 ? "near" : "other"]);
    }
    const line = (head, cells) => make("tr", {}, make("th", { scope: "row" }, head), ...cells);
    table.replaceChildren(
      line("yours", columns.map(([note, , kind]) => make("td", { "data-kind": kind }, note))),
      line("alike", columns.map(([, , kind]) => make("td", { title: kind }, MARKS[kind]))),
      line("match", columns.map(([, note, kind]) => make("td", { "data-kind": kind }, note))));
    const part = (rows, side) => {
      const ends = pairs.map((pair) => pair[side]).filter((each) => each !== null);
      const notes = rows.slice(ends[0], ends.at(-1) + 2);
      return notes.map(([onset, long, pitch]) => [onset - notes[0][0], long, pitch, 0]);
    };
    const [mine, theirs] = [part(own, 0), part(other, 1)];
    const [i, j] = first;
    const move = own[i ?? 0][2] - other[j ?? 0][2];
    const start = Math.max(...mine.map(([onset, long]) => onset + long)) + 2;
    return [own, other, [...mine, ...theirs.map(([onset, long, pitch]) => [onset + start, long, pitch + move, 1])]];
  }

  const number = (value) => (value >= 0.1 ? value.toFixed(1) : value >= 0.001 ? value.toFixed(3) : "fewer than 0.001");
  function renew() {
    const at = limits.reduce((best, each, k) => (Math.abs(each - get("limit")) < Math.abs(limits[best] - get("limit")) ? k : best), 0);
    limit.show(at);
    said.textContent = `surprise ${limits[at].toFixed(2)}`;
    told.textContent = `On planted copies: precision ${precision[at].toFixed(2)}, recall ${recall[at].toFixed(2)}. Of honest tunes ${Math.round(100 * honest[at])} % are pointed at.`;
    const place = (k) => `${(8 + 104 * recall[k]).toFixed(1)},${(88 - 80 * precision[k]).toFixed(1)}`;
    const [x, y] = place(at).split(",");
    picture.innerHTML = `<svg viewBox="0 0 150 110" role="img" aria-label="Precision against recall; the dot is the threshold"><path d="M8 8V88H112"/><polyline points="${limits.map((_, k) => place(k)).join(" ")}"/><circle cx="${x}" cy="${y}" r="4"/><text x="8" y="104">recall →</text><text x="60" y="104">↑ precision</text></svg>`;
    const rank = Math.min(get("match"), Math.max(found.length - 1, 0));
    const held = [...list.querySelectorAll("button")].indexOf(document.activeElement);
    list.replaceChildren(...found.slice(0, 5).map((each, r) => make("li", {}, make("button", {
      type: "button", class: "mb-near-tune", ...quiet, "aria-pressed": String(r === rank), "data-chosen": String(r === rank),
      onclick: () => { box.save("match", r); renew(); },
    }, make("span", { class: "mb-name" }, passages[each.k].name), make("span", { class: "mb-near-number" }, `${each.score} · surprise ${each.surprise.toFixed(1)}`)))));
    if (held >= 0) list.querySelectorAll("button")[held]?.focus();
    const best = found[rank];
    listen.hidden = frame.hidden = !best?.pairs.length;
    const line = !best ? fault : `${passages[best.k].name}: score ${best.score}. By chance ${number(best.expected)} of ${passages.length} unrelated passages would do as well. ${best.surprise >= limits[at] ? "Above the threshold: listen to both." : "Below the threshold."}`;
    if (verdict.textContent !== line) verdict.textContent = line;
    if (best?.pairs.length) {
      const heard = align(best);
      const key = JSON.stringify(heard);
      if (key !== renew.heard) {
        renew.heard = key;
        heard.forEach((notes, k) => { tunes[k] = tuneOf(notes); });
        names[1] = passages[best.k].name;
        const now = tunes[box.chosen()];
        box.transport.stop();
        box.transport.set({ notes: now.notes, length: now.length });
        box.player.renew();
      }
    }
    box.refresh();
  }

  const heard = { "change:text": search, "change:match": renew, "change:limit": renew };
  for (const [event, answer] of Object.entries(heard)) model.on(event, answer);
  const stopWatching = [root, box.player.root].map((each) => watchTheme(each, () => box.refresh()));
  shift(0);
  search();

  return () => {
    for (const [event, answer] of Object.entries(heard)) model.off(event, answer);
    for (const stop of stopWatching) stop();
    finger.stop();
    box.close();
  };
}

export default { render };
