// Practice: a question by ear or by eye, its reason, ratings that follow, and what comes next.

const TARGET_RATES = [0.6, 0.75, 0.9];

function render({ model, el }) {
  const get = (name) => model.get(name);
  const [exercises, topics, levels] = [get("exercises"), get("topics"), get("levels")];
  const byEar = (k) => exercises[k].staff === null;
  const box = createJukebox(model, exercises.map((_, k) => `Exercise ${k + 1}`));
  const rated = () => eloReplay(exercises, get("log"), topics.length);
  const wishes = () => Object.fromEntries(["interest", "target", "weight", "level", "topic"].map((name) => [name, get(name)]));
  const press = (className, words, onclick) => make("button", { type: "button", class: className, "data-lm-suppress-shortcuts": "true", onclick }, words);
  const percent = (share) => `${Math.round(100 * share)} %`;

  const head = make("p", { class: "mb-practice-what" });
  const ask = make("p", { class: "mb-quiz-ask", tabindex: "-1" });
  const paper = make("div", { class: "mb-practice-paper" });
  const listen = make("div", { class: "mb-practice-listen" });
  const options = make("ul", { class: "mb-quiz-options mb-practice-options" });
  const said = make("p", { class: "mb-quiz-said", role: "status" });
  const next = press("mb-quiz-go", "Next exercise", () => {
    forward();
    ask.focus();
  });
  const again = press("mb-quiz-go", "Start again", () => {
    box.save("log", []);
    forward();
    ask.focus();
  });

  // ---- wishes: a change of mind shows another exercise, unless this one has been answered
  const wish = (name, value) => {
    box.save(name, value);
    if (get("answer") < 0) forward();
    else renew();
  };
  const label = (words, control) => make("label", { class: "mb-practice-pick" }, make("span", { "aria-hidden": "true" }, words), control);
  const levelMenu = menu("Level", [["0", "recommended"], ...levels.map((name, k) => [String(k + 1), `${k + 1}, ${name}`])], String(get("level")), (value) => wish("level", Number(value)));
  const topicMenu = menu("Topic", [["-1", "recommended"], ...topics.map((name, k) => [String(k), name])], String(get("topic")), (value) => wish("topic", Number(value)));
  const rates = TARGET_RATES.map((rate) => press("mb-quiz-go mb-practice-rate", percent(rate), () => wish("target", rate)));
  const likes = topics.map((name, k) => {
    const made = slider({
      label: `Interest in ${name}`, min: 0, max: 1, step: 0.1, value: get("interest")[k], className: "mb-practice-slider", say: percent,
      oninput: (value) => wish("interest", get("interest").map((each, t) => (t === k ? value : each))),
    });
    const where = make("output", { class: "mb-where" });
    const show = (value) => {
      made.show(value);
      where.textContent = percent(value);
    };
    return { show, box: make("div", {}, make("div", { class: "mb-practice-line" }, make("span", { "aria-hidden": "true" }, name), where), made.input) };
  });

  const plot = make("canvas", { class: "mb-practice-plot", role: "img" });
  const key = legend(topics, (name) => `${name} ${rated().skills[topics.indexOf(name)].toFixed(2)}`);
  const root = make("div", { class: "mb mb-practice", role: "group", "aria-label": get("title") || "Practice" },
    get("title") ? make("div", { class: "mb-head" }, make("span", { class: "mb-title" }, get("title"))) : null,
    make("div", { class: "mb-practice-picks" }, label("Level", levelMenu), label("Topic", topicMenu),
      make("div", { role: "group", "aria-label": "Right answers wanted" }, make("span", { "aria-hidden": "true" }, "Right answers wanted"), make("div", { class: "mb-quiz-row" }, ...rates))),
    head, ask, paper, listen, options, said, make("div", { class: "mb-quiz-row" }, next, again),
    box.player.root,
    make("div", { class: "mb-practice-columns" },
      make("div", {}, make("p", { class: "mb-practice-head" }, "Your ratings after each answer"), plot, key.box),
      make("div", {}, make("p", { class: "mb-practice-head" }, "Your interests"), ...likes.map((each) => each.box))),
    get("caption") ? make("p", { class: "mb-caption" }, get("caption")) : null);
  el.append(root);

  function forward() {
    box.save("answer", -1);
    box.save("now", eloChoose(exercises, rated(), wishes()));
    renew();
  }
  function choose(option) {
    if (get("answer") >= 0) return;
    box.save("log", [...get("log"), [get("now"), option]]);
    box.save("answer", option);
    renew();
    options.querySelectorAll("button")[option].focus();
  }

  let drawn = "";
  function renew() {
    const [now, answer, log] = [get("now"), get("answer"), get("log")];
    const each = exercises[now];
    const open = answer < 0;
    const state = rated();
    box.choose(now);
    root.dataset.hidden = String(open); // the roll would tell what the ear shall find
    levelMenu.value = String(get("level"));
    topicMenu.value = String(get("topic"));
    rates.forEach((button, k) => button.setAttribute("aria-pressed", String(get("target") === TARGET_RATES[k])));
    likes.forEach((like, k) => like.show(get("interest")[k]));
    const chance = eloExpected(state.skills[each.topic], each.d / 100, each.options.length);
    head.textContent = `Level ${each.level}, ${levels[each.level - 1]} · ${each.topic === 2 ? "by eye" : "by ear"}${open ? ` · expected to be solved: ${percent(chance)}` : ""}`;
    if (drawn !== `${now} ${answer} ${log.length}`) {
      drawn = `${now} ${answer} ${log.length}`;
      ask.textContent = each.text;
      paper.replaceChildren(...(each.staff ? [staffPicture(each.staff)] : []));
      listen.replaceChildren(box.playButton(now, "mb-quiz-go mb-practice-play", "exercise", make("span", {}, byEar(now) ? "Listen" : "Play")));
      options.replaceChildren(...each.options.map((text, k) => {
        const mark = make("span", { class: "mb-quiz-mark", "aria-hidden": "true" }, open ? "" : k === each.right ? "✓" : "✗");
        const button = make("button", {
          type: "button", class: "mb-quiz-option", "data-lm-suppress-shortcuts": "true", "aria-pressed": String(k === answer), onclick: () => choose(k),
        }, mark, make("span", {}, text));
        if (!open) {
          button.dataset.right = String(k === each.right);
          button.setAttribute("aria-disabled", "true");
        }
        return make("li", {}, button);
      }));
      const before = state.history.at(-2)?.[each.topic];
      said.textContent = open ? "" : `${answer === each.right ? "Right." : `Not this one: ${each.options[each.right]}.`} ${each.why} Your rating in ${topics[each.topic]} goes from ${before.toFixed(2)} to ${state.skills[each.topic].toFixed(2)}.`;
    }
    next.disabled = open;
    again.disabled = log.length === 0;
    const right = log.filter(([k, option]) => exercises[k].right === option).length;
    plot.setAttribute("aria-label", `Ratings after ${log.length} answers, ${right} of them right: ${topics.map((name, k) => `${name} ${state.skills[k].toFixed(2)}`).join(", ")}`);
    draw(state);
    box.refresh();
  }
  function draw(state = rated()) {
    const rows = state.history.length > 1 ? state.history : [state.history[0], state.history[0]];
    drawCurves(plot, Object.fromEntries(topics.map((name, k) => [name, rows.map((row) => row[k])])), rows.length - 1);
    key.show(0);
  }

  const heard = Object.fromEntries(["now", "answer", "log", "target", "interest", "level", "topic"].map((trait) => [`change:${trait}`, () => renew()]));
  for (const [event, answer] of Object.entries(heard)) model.on(event, answer);
  const stopWatching = [root, box.player.root].map((each) => watchTheme(each, () => renew()));
  const size = new ResizeObserver(() => draw());
  size.observe(root);

  return () => {
    for (const [event, answer] of Object.entries(heard)) model.off(event, answer);
    for (const stop of stopWatching) stop();
    size.disconnect();
    box.close();
  };
}

export default { render };
