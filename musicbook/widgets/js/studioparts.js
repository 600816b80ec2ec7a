// Parts of the studio: opinions, the profile of a taste, the map that is pressed, and what the browser keeps.

const studioButton = (className, label, onclick, ...shown) =>
  make("button", { type: "button", class: className, "aria-label": label, title: label, "data-lm-suppress-shortcuts": "true", onclick }, ...shown);

// A step of the loop as an icon; a cross for -1.
function studioSign(k) {
  const svg = icon("play");
  svg.innerHTML = k < 0 ? '<path d="M6 6l12 12M18 6 6 18"/>' : STUDIO_SIGNS[k];
  svg.setAttribute("class", "mb-sign");
  return svg;
}

// Two buttons for any tune. `itemOf` says which one they stand for now.
function opinionPairs(names, opinionsOf, opine) {
  let marks = [];
  function pair(itemOf, words) {
    const group = make("div", { class: "mb-studio-pair", role: "group" });
    for (const [value, label, k] of [[1, "Like", 2], [-1, "Not for me", -1]]) {
      const mark = studioButton("mb-studio-mark", label, () => opine(itemOf(), value), studioSign(k), words ? make("span", {}, label) : null);
      marks.push({ itemOf, value, label, mark, group });
      group.append(mark);
    }
    return group;
  }
  function show() {
    marks = marks.filter(({ group }) => group.isConnected);
    for (const { itemOf, value, label, mark, group } of marks) {
      const item = itemOf();
      group.setAttribute("aria-label", names[item]);
      mark.setAttribute("aria-pressed", String(opinionsOf()[item] === value));
      mark.setAttribute("aria-label", `${label}: ${names[item]}`);
    }
  }
  return { pair, show };
}

const twoDigits = (value) => value.toFixed(2).replace("-", "−");

// An interest as bars to either side, the words of both ends beside them.
function profileBars(words) {
  const bars = words.map(([low, high, column]) => {
    const fill = make("span", { class: "mb-studio-fill" });
    const text = make("span", { class: "mb-hidden" });
    const row = make("li", {}, make("span", { "aria-hidden": "true" }, low), make("span", { class: "mb-studio-track" }, fill), make("span", { "aria-hidden": "true" }, high), text);
    return { row, show(interest, known) {
      const share = Math.max(-1, Math.min(1, interest[column] / 2.5));
      Object.assign(fill.style, { left: `${50 + 50 * Math.min(0, share)}%`, width: `${50 * Math.abs(share)}%` });
      row.dataset.side = Math.abs(share) < 0.12 ? "" : share < 0 ? "low" : "high";
      text.textContent = `${low} to ${high}: ${known ? twoDigits(interest[column]) : "not known yet"}`;
    } };
  });
  return { list: make("ul", { class: "mb-studio-bars" }, ...bars.map(({ row }) => row)), show: (...what) => bars.forEach((each) => each.show(...what)) };
}

// All tunes on two features. `press` gets the dot that was pressed, or nothing when a key did it.
function tasteMap(pool, [across, up], press) {
  // Hundredths of the pool lie beyond either end, and stand at the edge.
  const ends = [across[2], up[2]].map((column) => {
    const values = pool.map((row) => row[column]).sort((a, b) => a - b);
    return [column, values[Math.floor(0.01 * values.length)], values[Math.floor(0.99 * values.length)]];
  });
  const inside = (value) => Math.min(1, Math.max(0, value));
  let spots = [];
  const canvas = make("canvas", { class: "mb-studio-plane" });
  const button = studioButton("mb-studio-map", "", (event) => {
    if (!event.detail) return press();
    const { left, top, width, height } = canvas.getBoundingClientRect();
    const away = spots.map((each) => Math.hypot(...mapSpot(each, width, height).map((v, k) => v - (k ? event.clientY - top : event.clientX - left))));
    return press(away.indexOf(Math.min(...away)));
  }, canvas);
  button.removeAttribute("title");
  const axis = (words, more = "") => make("div", { class: `mb-studio-axis ${more}`, "aria-hidden": "true" }, words);
  const key = make("p", { class: "mb-studio-note" }, "Each dot is a tune: press it to hear it. ", make("b", { class: "mb-key-like" }, "Glowing"), ": you like it. ",
    make("b", { class: "mb-key-old" }, "Green"), ": an old tune. Dashed: what comes next, and the arrow points there.");
  return {
    canvas,
    parts: [axis(`↑ ${up[1]}`), button, axis(`${across[1]} →`, "mb-right"), key],
    // Dots of the same place are drawn apart a little, always in the same way.
    place(F) {
      spots = F.map((row, i) => ends.map(([column, low, high], k) =>
        inside(inside((row[column] - low) / (high - low || 1)) + (((i * [0.618, 0.382][k]) % 1) - 0.5) * 0.03)));
      button.setAttribute("aria-label", `Map of ${F.length} tunes, from ${across[0]} to ${across[1]} and from ${up[0]} to ${up[1]}; press a dot to hear it, or Enter to hear what comes next`);
    },
    draw: (what) => drawMap(canvas, spots, what),
  };
}

// What was done, kept in the browser under a name; a browser that forbids it, or another pool, keeps nothing.
function studioStore(key, features) {
  const place = `musicbook.studio.${key}`;
  const mark = `${features.length} ${features.slice(0, 60)}`;
  const attempt = (what) => {
    try {
      return key ? what() : null;
    } catch {
      return null;
    }
  };
  return {
    read: (items) => attempt(() => {
      const { mark: whose, kept } = JSON.parse(localStorage.getItem(place)) ?? {};
      const fits = (i) => Number(i) >= 0 && Number(i) < items + kept.made.length;
      return whose === mark && kept.rounds.length && kept.rounds.flat().every(fits) && Object.keys(kept.opinions).every(fits) ? kept : null;
    }),
    write: (kept) => attempt(() => localStorage.setItem(place, JSON.stringify({ mark, kept }))),
  };
}
