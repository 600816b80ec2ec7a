// The matrix editor: a table whose numbers can be changed, the scores that follow, and the tunes that they recommend.

const METHOD_WORDS = {
  "user-kNN": ["S: how alike two listeners are", "k, the neighbours that have a say"],
  "item-kNN": ["B: how alike two tunes are", "k, the neighbours that have a say"],
  ALS: ["C: confidence, 1 + α · plays", "α, the confidence that a play adds"],
  EASE: ["B: what a play of the row's tune adds to the column's", "λ, the penalty"],
};
const numberText = (x, digits = 2) => (Math.abs(x) < 0.5 / 10 ** digits ? 0 : x).toFixed(digits).replace("-", "−");
// Three characters, where there are many columns: .86, 1.3, 14
const shortText = (x) => (Math.abs(x) < 0.995 ? numberText(x, x < -0.005 ? 1 : 2).replace("0.", ".") : numberText(x, Math.abs(x) < 9.95 && x > 0 ? 1 : 0));
const columnName = (k) => String.fromCharCode(65 + k);

function render({ model, el }) {
  const get = (name) => model.get(name);
  const given = get("similarity").length > 0;
  const names = get("names");
  const listeners = get("listeners");
  const columns = names.map((_, k) => columnName(k));
  const first = given ? get("similarity") : get("plays");
  const edited = given ? "similarity" : "plays";
  let cell = [0, 1]; // the number that the buttons below, or the slider, change
  const box = createJukebox(model, names, { titleOf: (k) => `${columns[k]} · ${names[k]}` });
  const { save } = box;

  // ---- the numbers that can be changed
  const least = 0;
  const most = given ? 1 : 99;
  const step = given ? 0.05 : 1;
  const snug = (x) => Math.min(most, Math.max(least, given ? Math.round(x * 100) / 100 : Math.round(x)));
  function write(row, column, value) {
    const table = get(edited).map((each) => [...each]);
    table[row][column] = snug(value);
    if (given) table[column][row] = snug(value); // likeness goes both ways
    save(edited, table);
    renew();
  }
  const across = given ? listeners : columns;
  const inFew = columns.length > 8 ? shortText : (x) => numberText(x);
  const inputs = listeners.map((who, u) => across.map((what, i) => {
    if (given && u === i) return null;
    const input = make("input", {
      type: "number", class: "mb-cell-input", min: String(least), max: String(most), step: String(step), inputmode: given ? "decimal" : "numeric",
      "aria-label": given ? `S of ${who} and ${what}` : `Plays of ${what} by ${who}`, "data-lm-suppress-shortcuts": "true",
      oninput: () => input.value !== "" && Number.isFinite(Number(input.value)) && write(u, i, Number(input.value)),
      onfocus: () => {
        cell = [u, i];
        input.select();
        showCell();
      },
      onblur: () => renew(),
    });
    // Left and right go from cell to cell; up and down change the number, as in every number field.
    input.addEventListener("keydown", (event) => {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!by) return;
      event.preventDefault();
      const all = inputs.flat().filter(Boolean);
      all[all.indexOf(input) + by]?.focus();
    });
    return input;
  }));
  const cellName = make("span", { class: "mb-cell-name" });
  const change = (by) => write(...cell, get(edited)[cell[0]][cell[1]] + by);
  const stepButton = (words, label, by) => make("button", {
    type: "button", class: "mb-step", "aria-label": label, title: label, "data-lm-suppress-shortcuts": "true", onclick: () => change(by),
  }, words);
  const again = make("button", { type: "button", class: "mb-link", "data-lm-suppress-shortcuts": "true", onclick: () => {
    save(edited, first);
    renew();
  } }, "Start again");
  const bar = make("div", { class: "mb-cell-bar" }, cellName, stepButton("−", "Less in this cell", -step), stepButton("+", "More in this cell", step), again);

  // ---- the method and its one number
  const method = given ? null : menu("Method", Object.keys(METHOD_WORDS).map((each) => [each, each]), get("method"), (value) => {
    save("method", value);
    placeKnob();
    renew();
  });
  const knobBox = make("div", { class: "mb-matrix-knob" });
  let knob = null;
  // EASE's penalty runs over three powers of ten, so its slider moves the exponent.
  function placeKnob() {
    const way = get("method");
    const toSlider = (value) => (way === "EASE" ? Math.log10(value) : value);
    const fromSlider = (at) => (way === "EASE" ? Number((10 ** at).toPrecision(3)) : at);
    const [min, max, by] = given ? [0, 1, 0.01]
      : way === "ALS" ? [0.5, 20, 0.5] : way === "EASE" ? [-1, 2, 0.05] : [1, (way === "user-kNN" ? listeners : columns).length - 1, 1];
    const label = given ? "Similarity in the chosen cell" : METHOD_WORDS[way][1];
    const value = () => (given ? get("similarity")[cell[0]][cell[1]] : get("settings")[way]);
    const said = make("output", { class: "mb-where" });
    const made = slider({
      label, min, max, step: by, value: toSlider(value()), className: "mb-matrix-slider", say: (at) => numberText(fromSlider(at), 2),
      oninput: (at) => {
        if (given) write(...cell, at);
        else {
          save("settings", { ...get("settings"), [way]: fromSlider(at) });
          renew();
        }
      },
    });
    knob = () => {
      made.show(toSlider(value()));
      said.textContent = `${Number(numberText(value(), 2))}`;
    };
    knobBox.replaceChildren(make("div", { class: "mb-matrix-line" }, make("span", { "aria-hidden": "true" }, label), said), made.input);
  }
  placeKnob();

  // ---- what is seen
  const scoreTable = matrixTable(listeners, columns, "Scores of what each has not played");
  const shownBox = make("div", { class: "mb-matrix-box" });
  let shownTable = null;
  const results = make("p", { class: "mb-matrix-best", role: "status" });
  const editTable = matrixTable(listeners, given ? listeners : columns, given ? "S: change a similarity" : "U: plays (change a number)");
  inputs.forEach((row, u) => row.forEach((input, i) => editTable.cells[u][i].append(input ?? "·")));
  const list = names.map((name, k) => box.playButton(k, "mb-tune", `${columns[k]}, ${name}`,
    make("span", { class: "mb-letter", "aria-hidden": "true" }, columns[k]), make("span", { class: "mb-name" }, name)));
  const root = make("div", { class: "mb mb-matrix", role: "group", "aria-label": `Matrix editor: ${get("title") || "plays and scores"}`, "data-columns": String(Math.max(columns.length, given ? listeners.length : 0)) },
    get("title") ? make("div", { class: "mb-head" }, make("span", { class: "mb-title" }, get("title"))) : null,
    make("div", { class: "mb-matrix-controls" }, method ? make("label", { class: "mb-field" }, "Method ", method) : null, knobBox),
    make("div", { class: "mb-matrix-tables" },
      make("div", { class: "mb-matrix-box" }, editTable.box, bar),
      make("div", { class: "mb-matrix-box" }, scoreTable.box, results)),
    shownBox,
    make("div", { class: "mb-tunes", role: "group", "aria-label": "The tunes" }, ...list),
    box.player.root,
    get("caption") ? make("p", { class: "mb-caption" }, get("caption")) : null);
  el.append(root);

  function showCell() {
    const [u, i] = cell;
    cellName.textContent = `${listeners[u]} × ${across[i]}`;
    inputs.forEach((row, a) => row.forEach((input, b) => input && (input.dataset.chosen = String(a === u && b === i))));
    knob();
  }

  function renew() {
    const U = get("plays");
    const table = get(edited);
    inputs.forEach((row, u) => row.forEach((input, i) => {
      if (!input || (document.activeElement === input && Number(input.value) === table[u][i])) return;
      input.value = given ? table[u][i].toFixed(2) : table[u][i];
    }));
    if (method && method.value !== get("method")) {
      method.value = get("method");
      placeKnob();
    }
    const { shown, scores } = scoresBy(get("method"), U, get("settings")[get("method")], get("als"), get("similarity"));
    const best = bestUnseen(U, scores);
    scoreTable.fill(scores, {
      text: (x, u, i) => (U[u][i] > 0 ? "·" : inFew(x)),
      shade: (x, u, i) => (U[u][i] > 0 ? 0 : x),
      best: (u, i) => best[u] === i,
      label: (u, i) => `Play ${columns[i]}, ${names[i]}: the best new tune of ${listeners[u]}`,
      play: box.play,
    });
    const said = best.map((i, u) => `${listeners[u]} ${i < 0 ? "—" : columns[i]}`).join(" · ");
    if (results.textContent !== `Best new tune: ${said}`) results.textContent = `Best new tune: ${said}`;
    if (!given) fillShown(shown);
    else fillShown(U);
    showCell();
  }

  function fillShown(shown) {
    const way = get("method");
    const [head, side] = given ? [columns, listeners]
      : way === "user-kNN" ? [listeners.map((who) => who), listeners] : way === "ALS" ? [columns, listeners] : [columns, columns];
    const words = given ? "U: plays" : METHOD_WORDS[way][0];
    if (shownTable?.words !== words) {
      shownTable = { ...matrixTable(side, head, words), words };
      shownBox.replaceChildren(shownTable.box);
    }
    const whole = given || shown.flat().every(Number.isInteger);
    shownTable.fill(shown, { text: (x, u, i) => (!given && way !== "ALS" && u === i ? "·" : whole ? numberText(x, 0) : way === "ALS" ? numberText(x, 1) : inFew(x)), shade: (x) => x });
  }

  const heard = { "change:plays change:similarity change:method change:settings": () => renew() };
  for (const [event, answer] of Object.entries(heard)) model.on(event, answer);
  const stopWatching = [root, box.player.root].map((each) => watchTheme(each, () => box.refresh()));
  renew();
  box.refresh();

  return () => {
    for (const [event, answer] of Object.entries(heard)) model.off(event, answer);
    for (const stop of stopWatching) stop();
    box.close();
  };
}

// A table with a head for each row and column; fill() writes and shades its numbers.
function matrixTable(side, head, words) {
  const short = (name) => (name.length > 8 ? `${name.slice(0, 7)}…` : name);
  // Where the columns are listeners, three letters are enough to tell them by.
  const brief = (name) => (head.some((each) => each.length > 1) ? name.slice(0, 3) : name);
  const cells = side.map(() => head.map(() => make("td")));
  const body = side.map((who, u) => make("tr", {}, make("th", { scope: "row", title: who }, short(who)), ...cells[u]));
  const table = make("table", { class: "mb-matrix-table" }, make("caption", {}, words),
    make("thead", {}, make("tr", {}, make("td"), ...head.map((what) => make("th", { scope: "col", title: what }, brief(what))))),
    make("tbody", {}, ...body));
  function fill(values, { text, shade, best = () => false, label, play }) {
    const top = Math.max(1e-12, ...values.flatMap((row, u) => row.map((x, i) => Math.abs(shade(x, u, i)))));
    values.forEach((row, u) => row.forEach((x, i) => {
      const td = cells[u][i];
      const strength = shade(x, u, i) / top;
      td.style.setProperty("--mb-heat", `${Math.round(34 * Math.abs(strength))}%`);
      td.dataset.sign = strength < 0 ? "minus" : "plus";
      const words = text(x, u, i);
      if (best(u, i)) {
        const button = td.querySelector("button") ?? make("button", { type: "button", class: "mb-best", "data-lm-suppress-shortcuts": "true" });
        button.onclick = () => play(i);
        button.textContent = words;
        button.setAttribute("aria-label", `${label(u, i)}, score ${words}`);
        if (button.parentNode !== td) td.replaceChildren(button);
      } else if (td.textContent !== words || td.firstElementChild) td.textContent = words;
    }));
  }
  return { box: table, cells, fill };
}

export default { render };
