// The studio: compose, hear, like, be recommended, compose again.

const STUDIO_SAYS = {
  compose: "Ready? Let the machine compose the next four for your taste.",
  hear: "Four melodies for you. Play them; only one sounds at a time.",
  like: "What do you think? A heart asks for more like it, a cross for less.",
  recommend: "Your taste takes shape. Below are old tunes that are near to it; or compose again.",
};
const STUDIO_KEPT = ["rounds", "opinions", "made", "surprise", "reach"];

function render({ model, el }) {
  const get = (name) => model.get(name);
  const save = (changes) => {
    for (const [name, value] of Object.entries(changes)) model.set(name, value);
    model.save_changes();
  };
  const count = get("pool").length;
  const songs = [count, count + get("songs").length];
  const width = get("width");
  const store = studioStore(get("key"), get("features"));
  const stored = studioFeatures(bytesOf(get("features")), width);
  const names = [...get("pool").map((_, i) => `Melody ${i + 1}`), ...get("songs").map((song) => song.title)];
  const read = (tokens, meter = "4/4") => ({ ...readStop({ tokens }, meter), tempo: get("tempo") });
  const tunes = [...get("pool").map((tokens) => read(tokens)), ...get("songs").map((song) => read(song.tokens, song.meter))];
  let F = stored;

  // What was composed live stands behind the rest.
  function takeIn() {
    F = [...stored, ...studioFeatures(get("made").flatMap((each) => each.features), width)];
    get("made").slice(tunes.length - songs[1]).forEach((each) => {
      tunes.push(read(each.tokens));
      names.push(`New melody ${tunes.length - songs[1]}`);
    });
  }
  const kept = store.read(count + get("songs").length);
  if (kept && get("rounds").length === 1 && !Object.keys(get("opinions")).length) save(kept);
  takeIn();

  const heard = new Set();
  let view = get("rounds").length - 1; // which round the cards show
  let past = []; // for undo
  let live = false;
  let busy = 0; // a timer while something is composed
  let queue = null; // melodies that are still to come in a replay
  let browsed = false; // an old tune was played in this round
  const box = createJukebox(model, names, {
    tunes,
    titleOf: (k) => (k >= songs[0] && k < songs[1] ? `${names[k]} · ${get("songs")[k - songs[0]].book}` : names[k]),
    changed: () => follow(),
  });

  const opine = (item, value) => {
    remember();
    const opinions = { ...get("opinions") };
    if (opinions[item] === value) delete opinions[item];
    else opinions[item] = value;
    save({ opinions });
    renew();
  };
  const { pair, show: showMarks } = opinionPairs(names, () => get("opinions"), opine);

  // ---- head: the loop, and what comes next
  const loop = loopPicture();
  const says = make("p", { class: "mb-studio-says" });
  const said = make("p", { class: "mb-hidden", role: "status" });
  const course = make("p", { class: "mb-studio-note mb-studio-course" });
  const timeline = make("div", { class: "mb-studio-rounds", role: "group", "aria-label": "Rounds" });
  const cards = make("div", { class: "mb-studio-cards" });

  // ---- the controls of the next round
  const knob = (label, name, ends) => {
    const made = slider({
      label, min: 0, max: 1, step: 0.05, value: get(name), className: "mb-studio-slider", say: (value) => `${Math.round(100 * value)} per cent`,
      oninput: (value) => {
        save({ [name]: value });
        renew();
      },
    });
    const words = ends.map((each) => make("span", {}, each));
    return { name, made, box: make("div", { class: "mb-studio-knob" }, make("span", { class: "mb-studio-label", "aria-hidden": "true" }, label), made.input, make("div", { class: "mb-studio-ends", "aria-hidden": "true" }, ...words)) };
  };
  const knobs = [knob("Surprise", "surprise", ["familiar", "new"]), knob("How far", "reach", ["a little", "all the way"])];
  const go = make("button", { type: "button", class: "mb-studio-go", "data-lm-suppress-shortcuts": "true", onclick: () => compose() }, studioSign(0), make("span", {}, "Compose"));
  const undo = studioButton("mb-studio-small", "Undo", () => back(), "Undo");
  const again = studioButton("mb-studio-small", "Start again", () => {
    remember();
    save({ rounds: [[0, 1, 2, 3]], opinions: {} });
    heard.clear();
    turnTo(0, "Started again.");
  }, "Start again");
  const replay = studioButton("mb-studio-small", "Replay my way", () => startReplay(), "Replay my way");

  // ---- taste
  const profile = profileBars(get("words"));
  const map = tasteMap(stored.slice(0, count), get("plane"), (item = coming[0]) => item !== undefined && box.play(item));
  const list = make("ol", { class: "mb-studio-list" });
  const listHead = make("p", { class: "mb-studio-note" });
  const heading = (text) => make("p", { class: "mb-studio-head" }, text);

  box.player.root.insertBefore(make("div", { class: "mb-studio-now" }, make("span", {}, "What you hear now:"), pair(() => box.chosen(), true)), box.player.more);
  const root = make("div", { class: "mb mb-studio", role: "group", "aria-label": get("title") || "The studio" },
    make("div", { class: "mb-studio-top" }, loop.svg, make("div", { class: "mb-studio-intro" },
      make("p", { class: "mb-studio-title" }, get("title") || "The studio"), says, timeline, course)),
    cards,
    make("div", { class: "mb-studio-desk" }, go, ...knobs.map((each) => each.box), make("div", { class: "mb-studio-links" }, replay, undo, again)),
    make("div", { class: "mb-studio-columns" },
      make("section", { "aria-label": "Your taste" }, heading("Your taste"), profile.list, ...map.parts),
      make("section", { "aria-label": "From the catalogue" }, heading("Old tunes you may like"), listHead, list)),
    box.player.root, said,
    get("caption") ? make("p", { class: "mb-caption" }, get("caption")) : null);
  el.append(root);

  // ---- what happens
  const snapshot = () => JSON.stringify(Object.fromEntries(["rounds", "opinions"].map((name) => [name, get(name)])));
  function remember() {
    past = [...past.slice(-49), snapshot()];
  }
  function back() {
    if (!past.length) return;
    save(JSON.parse(past.pop()));
    turnTo(get("rounds").length - 1, "Undone.");
  }
  function turnTo(round, words = "") {
    view = Math.min(round, get("rounds").length - 1);
    browsed = false;
    clearTimeout(busy);
    busy = 0;
    fillCards();
    renew();
    if (words) said.textContent = words;
  }
  function compose() {
    if (busy) return;
    remember();
    queue = null;
    box.transport.pause();
    if (live) {
      busy = setTimeout(() => settle(chosenHere()), 6000); // a kernel that does not answer
      save({ ask: get("ask") + 1 });
    } else if (calmMotion()) settle(chosenHere());
    else busy = setTimeout(() => settle(chosenHere()), 450);
    renew();
  }
  const state = () => Object.fromEntries(STUDIO_KEPT.map((name) => [name, get(name)]));
  const chosenHere = () => nextFour(F, state(), count);
  function settle(four) {
    save({ rounds: [...get("rounds"), four] });
    announce();
  }
  function announce() {
    const last = get("rounds").length - 1;
    const near = (round) => meanScore(round).toFixed(2);
    turnTo(last, `Round ${last + 1}: four melodies, likeness to your taste ${near(last)}, before ${near(Math.max(0, last - 1))}.`);
  }
  function meanScore(round) {
    const scores = studioScores(F, get("opinions"));
    return get("rounds")[round].reduce((sum, i) => sum + scores[i], 0) / STUDIO_FOUR;
  }
  // The way so far, heard: of each round what was liked, or its first melody.
  function startReplay() {
    const opinions = get("opinions");
    queue = get("rounds").flatMap((four, round) => {
      const liked = four.filter((i) => opinions[i] > 0);
      return (liked.length ? liked : four.slice(0, 1)).map((i) => [round, i]);
    });
    nextInQueue();
  }
  let sounding = false;
  function nextInQueue() {
    const [round, item] = queue.shift();
    if (round !== view) turnTo(round);
    box.choose(item);
    box.transport.seek(0);
    box.transport.play();
    if (!queue.length) queue = null;
  }

  function step() {
    if (busy) return "compose";
    const four = get("rounds")[view];
    if (four.some((i) => get("opinions")[i])) return browsed ? "compose" : "recommend";
    return four.some((i) => heard.has(i)) ? "like" : "hear";
  }

  // ---- cards
  let shown = [];
  function fillCards() {
    const four = get("rounds")[view];
    shown = four.map((item, k) => {
      const picture = make("canvas", { class: "mb-studio-roll", role: "img", "aria-label": `Piano roll, ${tunes[item].notes.length} notes` });
      const score = make("span", { class: "mb-studio-score" });
      const [name, steps] = get("nearest")[item] ?? get("made")[item - songs[1]]?.nearest ?? ["", 0];
      const midi = studioButton("mb-studio-save", `Save ${names[item]} as a MIDI file`, () => download(
        writeMidi({ notes: tunes[item].notes, tempo: get("tempo"), meter: "4/4", title: names[item], program: PROGRAMS[get("instrument")], texts: ["Composed by a machine: the book's variational autoencoder"] }),
        `${names[item].toLowerCase().replace(/ /g, "-")}.mid`, "audio/midi"), icon("save"));
      const card = make("div", { class: "mb-studio-card", role: "group", "aria-label": names[item] },
        make("div", { class: "mb-studio-face" }, picture, box.playButton(item, "mb-studio-play", names[item]), midi),
        make("div", { class: "mb-studio-line" }, make("span", { class: "mb-studio-name" }, names[item]), score),
        name ? make("p", { class: "mb-studio-near" }, `nearest known: ${name}, ${steps} of ${tunes[item].length * STEPS_A_QUARTER} steps`) : null,
        pair(() => item, true));
      card.style.setProperty("--mb-delay", `${k * 70}ms`);
      return { item, card, picture, score, midi };
    });
    cards.replaceChildren(...shown.map(({ card }) => card));
  }

  function fillTimeline() {
    const scores = studioScores(F, get("opinions"));
    const opinions = get("opinions");
    const held = timeline.contains(document.activeElement);
    timeline.replaceChildren(...get("rounds").map((four, round) => {
      const mean = four.reduce((sum, i) => sum + scores[i], 0) / STUDIO_FOUR;
      const liked = four.filter((i) => opinions[i] > 0).length;
      const dots = make("span", { class: "mb-studio-dots" }, ...four.map((i) => make("i", { "data-opinion": String(opinions[i] ?? 0) })));
      const chip = studioButton("mb-studio-round", `Round ${round + 1}, likeness ${mean.toFixed(2)}, ${liked} liked`, () => turnTo(round), make("b", {}, String(round + 1)), dots);
      chip.style.setProperty("--mb-share", `${Math.round(100 * Math.max(0, mean))}%`);
      chip.setAttribute("aria-pressed", String(round === view));
      return chip;
    }));
    if (held) timeline.children[view].focus();
    const means = get("rounds").slice(-6).map((four) => twoDigits(four.reduce((sum, i) => sum + scores[i], 0) / STUDIO_FOUR));
    course.textContent = Object.keys(opinions).length ? `Mean likeness to your taste: ${means.join(" → ")}` : "";
  }

  let coming = [];
  function drawAll() {
    const chosen = box.chosen();
    const runs = box.runs(chosen);
    const hues = shown.map(({ card }) => getComputedStyle(card).getPropertyValue("--mb-hue"));
    for (const { item, card, picture } of shown) {
      card.dataset.playing = String(item === chosen && runs);
      drawCard(picture, tunes[item], item === chosen && (runs || box.transport.state === "paused") ? shownPosition(tunes[item], box.transport.position()) : null);
    }
    map.draw({ songs, heard: new Set([...get("rounds").flat(), ...heard]), opinions: get("opinions"), shown: get("rounds")[view], next: Object.keys(get("opinions")).length ? coming : [], playing: runs ? chosen : null, hues });
  }

  // The sound has moved on.
  function follow() {
    const chosen = box.chosen();
    const runs = box.transport.state === "playing";
    if (runs && !heard.has(chosen)) {
      heard.add(chosen);
      if (chosen >= songs[0] && chosen < songs[1]) browsed = true;
      renew();
    }
    const ended = sounding && box.transport.state === "stopped";
    sounding = runs;
    if (ended && queue) nextInQueue();
    showMarks();
    drawAll();
  }

  function renew() {
    const opinions = get("opinions");
    const known = Object.keys(opinions).length > 0;
    const scores = studioScores(F, opinions);
    const interest = interestOf(F, opinionRow(F, opinions));
    const now = step();
    store.write(state());
    coming = busy ? [] : nextFour(F, state(), count);
    map.place(F);
    loop.show(now, view + 1);
    says.textContent = STUDIO_SAYS[now];
    if (now === "compose" && busy) says.textContent = "Composing …";
    for (const { item, score, midi, card } of shown) {
      score.textContent = known ? `likeness ${twoDigits(scores[item])}` : "";
      midi.hidden = !(opinions[item] > 0);
      card.dataset.opinion = String(opinions[item] ?? 0);
    }
    profile.show(interest, known);
    for (const { name, made } of knobs) made.show(get(name));
    go.lastChild.textContent = busy ? "Composing …" : known ? "Compose for my taste" : "Compose four more";
    go.disabled = !busy && !live && !coming.length; // all of the pool was heard
    undo.disabled = !past.length;
    replay.disabled = get("rounds").length < 2;
    const found = studioList(F, state(), songs, get("listed"));
    listHead.textContent = found.length ? "From fiddle books before 1904, near to your taste" : "Like or turn down a melody, and a list appears here.";
    listHead.classList.toggle("mb-studio-empty", !found.length);
    const at = list.contains(document.activeElement) ? [...list.querySelectorAll("button")].indexOf(document.activeElement) : -1;
    list.replaceChildren(...found.map((i) => {
      const song = get("songs")[i - songs[0]];
      const why = speaksFor(F, opinions, i, get("groups"));
      return make("li", { class: "mb-studio-song" }, box.playButton(i, "mb-studio-tune", `${names[i]}, ${song.book}`,
        make("span", { class: "mb-studio-words" }, make("b", {}, names[i]), make("span", {}, [song.kind, song.book].filter(Boolean).join(" · ")), make("em", {}, why.length ? `for its ${why.join(" and ")}` : "for a change")),
        make("span", { class: "mb-studio-score" }, twoDigits(scores[i]))), pair(() => i, false));
    }));
    if (at >= 0) [...list.querySelectorAll("button")][at]?.focus();
    fillTimeline();
    showMarks();
    box.refresh();
  }

  // ---- two hands on the same thing
  const watched = {
    "change:made": () => {
      takeIn();
      renew();
    },
    "change:rounds": () => {
      if (busy && live) {
        takeIn();
        announce();
      } else if (view >= get("rounds").length || shown.some(({ item }, k) => item !== get("rounds")[view][k])) turnTo(get("rounds").length - 1);
      else renew();
    },
    "msg:custom": (message) => {
      if (message.kind === "source") live = Boolean(message.there);
    },
  };
  for (const name of ["opinions", "surprise", "reach"]) watched[`change:${name}`] = () => renew();
  fillCards();
  renew();
  root.addEventListener("click", (event) => {
    if (!replay.contains(event.target)) queue = null;
  }, true);
  const stopWatching = [root, box.player.root].map((each) => watchTheme(each, () => box.refresh()));
  const size = new ResizeObserver(() => drawAll());
  size.observe(cards);
  size.observe(map.canvas);
  for (const [event, answer] of Object.entries(watched)) model.on(event, answer);
  model.send({ kind: "source" });

  return () => {
    for (const [event, answer] of Object.entries(watched)) model.off(event, answer);
    for (const stop of stopWatching) stop();
    clearTimeout(busy);
    size.disconnect();
    box.close();
  };
}

export default { render };
