// The concept graph: boxes and numbered edges, a panel that shows what flows along the chosen edge, a switch that turns the edge off,
// three pictures to compare, and a walk of one tune round the loop.
//
// Boxes and edges are real buttons above a drawing that screen readers skip; what they need to know is in the buttons' names.

const VIEW_NAMES = [["article", "The article's picture"], ["text", "With what its text claims"], ["complete", "With what both lack"]];
const SVG = "http://www.w3.org/2000/svg";

function render({ model, el }) {
  const get = (name) => model.get(name);
  let saving = false; // several traits change together, and one redraw serves them all
  const save = (changes) => {
    saving = true;
    for (const [name, value] of Object.entries(changes)) model.set(name, value);
    saving = false;
    model.save_changes();
    refresh();
  };
  const nodes = new Map(get("nodes").map((node) => [node.id, node]));
  const edges = get("edges");
  const shown = () => edgesIn(edges, get("view"));
  const off = () => get("off").filter((id) => shown().some((edge) => edge.id === id));
  const numberOf = (edge) => 1 + edges.indexOf(edge);
  const nameOf = (edge) => `${nodes.get(edge.from).label} to ${nodes.get(edge.to).label}`;

  const views = make("div", { class: "mb-views", role: "group", "aria-label": "Picture" });
  for (const [view, words] of VIEW_NAMES) {
    views.append(textButton(words, () => save({ view, selected: "", step: -1 }), { "data-view": view }));
  }
  const drawing = document.createElementNS(SVG, "svg");
  drawing.setAttribute("aria-hidden", "true");
  drawing.setAttribute("class", "mb-drawing");
  const stage = make("div", { class: "mb-graph-stage" }, drawing);
  const panel = make("div", { class: "mb-panel", role: "region", "aria-label": "What flows", "aria-live": "polite" });
  const loss = make("div", { class: "mb-loss", role: "status" });
  const back = textButton("Back", () => walk(get("step") - 1));
  const next = textButton("Next", () => walk(get("step") + 1), { class: "mb-text-button mb-strong" });
  const place = make("span", { class: "mb-place", role: "status" });
  const walkBar = make("div", { class: "mb-walk", role: "group", "aria-label": "Follow one tune round the loop" }, back, next, place);
  const caption = make("figcaption", { class: "mb-caption" }, get("caption"));
  caption.hidden = !get("caption");
  const root = make("figure", { class: "mb mb-graph", "aria-label": "Concept graph" }, views, stage, walkBar, loss, panel, caption);
  el.append(root);

  let strips = [];
  const closeStrips = () => {
    for (const strip of strips) strip.close();
    strips = [];
  };

  function walk(to) {
    const steps = get("journey");
    if (to < 0 || to >= steps.length) save({ step: -1, selected: "" });
    else save({ view: "complete", step: to, selected: steps[to].edge });
    // The walk is a walk with sound; the reader has just pressed a button, so the browser allows it.
    strips.at(-1)?.play();
  }

  function draw() {
    const width = stage.clientWidth;
    if (!width) return;
    const focused = stage.contains(document.activeElement) ? document.activeElement.dataset.id : null;
    const present = shown();
    const ends = new Set(present.flatMap((edge) => [edge.from, edge.to]));
    const boxes = [...nodes.values()].filter((node) => ends.has(node.id) || node.kind === "article");
    const plan = layoutGraph(boxes, present, width);
    stage.style.height = `${plan.height}px`;
    drawing.setAttribute("viewBox", `0 0 ${width} ${plan.height}`);
    drawing.replaceChildren(...present.map((edge) => arrow(edge, plan.curves.get(edge.id).points)));
    const buttons = [
      ...boxes.map((node) => nodeButton(node, plan)),
      ...present.map((edge) => edgeButton(edge, plan.curves.get(edge.id).button)),
    ];
    stage.replaceChildren(drawing, ...buttons);
    if (focused) buttons.find((button) => button.dataset.id === focused)?.focus();
  }

  const classOf = (edge) =>
    `mb-edge-${edge.source}${edge.id === get("selected") ? " mb-chosen" : ""}${off().includes(edge.id) ? " mb-off" : ""}`;

  function arrow(edge, points) {
    const group = document.createElementNS(SVG, "g");
    group.setAttribute("class", classOf(edge));
    const line = document.createElementNS(SVG, "path");
    line.setAttribute("d", pathOf(points));
    const [[px, py], [x, y]] = [points.at(-4) ?? points[0], points.at(-1)];
    const angle = (Math.atan2(y - py, x - px) * 180) / Math.PI;
    const head = document.createElementNS(SVG, "path");
    head.setAttribute("class", "mb-head-of-arrow");
    head.setAttribute("d", `M${ARROW} 0L${-ARROW} ${-ARROW + 1}V${ARROW - 1}z`);
    head.setAttribute("transform", `translate(${x} ${y}) rotate(${angle})`);
    group.append(line, head);
    return group;
  }

  function nodeButton(node, plan) {
    const { x, y, half } = plan.boxes.get(node.id);
    const button = make("button", {
      type: "button", class: `mb-node mb-node-${node.kind}`, "data-id": node.id, "data-lm-suppress-shortcuts": "true",
      "aria-pressed": String(get("selected") === node.id), onclick: () => choose(node.id),
    }, make("span", {}, node.label), make("span", { lang: "zh", class: "mb-zh" }, node.zh));
    Object.assign(button.style, { left: `${x - half[0]}px`, top: `${y - half[1]}px`, width: `${plan.width}px`, height: `${BOX_HEIGHT}px` });
    return button;
  }

  function edgeButton(edge, [x, y]) {
    const words = `Edge ${numberOf(edge)}: ${nameOf(edge)}, ${edge.label}${off().includes(edge.id) ? ", switched off" : ""}`;
    const button = make("button", {
      type: "button", class: `mb-edge ${classOf(edge)}`, "data-id": edge.id, "data-lm-suppress-shortcuts": "true", title: words,
      "aria-label": words, "aria-pressed": String(get("selected") === edge.id), onclick: () => choose(edge.id),
    }, String(numberOf(edge)));
    Object.assign(button.style, { left: `${x - BUTTON / 2}px`, top: `${y - BUTTON / 2}px` });
    return button;
  }

  const choose = (id) => save({ selected: get("selected") === id ? "" : id, step: -1 });

  function fillPanel() {
    closeStrips();
    const edge = shown().find((each) => each.id === get("selected"));
    const node = nodes.get(get("selected"));
    const step = get("journey")[get("step")];
    if (edge) panel.replaceChildren(...(step ? [make("p", { class: "mb-step" }, step.say)] : []), ...aboutEdge(edge));
    else if (node) panel.replaceChildren(make("p", { class: "mb-panel-title" }, node.label), make("p", {}, `It is made of ${node.data}.`));
    else panel.replaceChildren(make("p", { class: "mb-quiet" }, "Choose a numbered edge to see and hear what flows along it, or a box to see what it is made of."));
  }

  function aboutEdge(edge) {
    const isOff = off().includes(edge.id);
    const flow = get("flows")[edge.id];
    const toggle = () => save({ off: isOff ? get("off").filter((id) => id !== edge.id) : [...get("off"), edge.id] });
    const parts = [
      make("p", { class: "mb-panel-title" }, `${numberOf(edge)}. ${nodes.get(edge.from).label} → ${nodes.get(edge.to).label}: ${edge.label}`),
      make("p", {}, edge.what),
    ];
    if (flow) {
      parts.push(side("In", flow.given), side("Out", flow.result), make("p", { class: "mb-quiet" }, make("code", {}, flow.function)));
    } else parts.push(make("p", { class: "mb-later" }, `Nothing flows here yet: it is built in the chapter “${edge.planned}”.`));
    const words = isOff ? "Switch this edge on" : "Switch this edge off";
    parts.push(textButton(words, toggle, { "data-id": "mb-switch" }));
    return parts;
  }

  function side(label, { words, tune }) {
    const box = make("div", { class: "mb-side" }, make("p", {}, make("strong", {}, `${label}: `), words));
    if (tune) {
      const strip = tuneStrip(tune, model, `${label}: ${tune.title || "tune"}`);
      strips.push(strip);
      box.append(strip.root);
    }
    return box;
  }

  function fillLoss() {
    const gone = off();
    const lines = edges.filter((edge) => gone.includes(edge.id)).map((edge) => edge.lost);
    for (const [start, lost] of lostBy(shown(), gone)) {
      lines.push(`Nothing from “${nodes.get(start).label}” reaches ${lost.map((id) => `“${nodes.get(id).label}”`).join(", ")} any more.`);
    }
    if (gone.length && hasLoop(shown(), []) && !hasLoop(shown(), gone)) lines.push("There is no loop left.");
    loss.replaceChildren();
    if (!lines.length) return;
    loss.append(make("p", { class: "mb-panel-title" }, "What is lost"), make("ul", {}, ...lines.map((line) => make("li", {}, line))));
    loss.append(textButton("Switch everything on", () => save({ off: [] }), { "data-id": "mb-switch-all", "data-edge": gone[0] }));
  }

  // The focus goes from a button that a redraw has removed or disabled to the new one of the same name, or else to what stands nearest.
  function refocus(held) {
    if (held.isConnected && !held.disabled) return;
    const alive = [...root.querySelectorAll("button:not(:disabled)")];
    const { id, edge } = held.dataset;
    const found = [id, get("selected"), edge].map((name) => name && alive.find((button) => button.dataset.id === name));
    (found.find(Boolean) ?? (walkBar.hidden ? stage.querySelector("button") : next)).focus();
  }

  function refresh() {
    const held = root.contains(document.activeElement) ? document.activeElement : null;
    for (const button of views.children) button.setAttribute("aria-pressed", String(button.dataset.view === get("view")));
    const { length } = get("journey");
    const step = get("step");
    walkBar.hidden = length === 0;
    back.disabled = step < 0;
    next.textContent = step < 0 ? "Follow one tune round the loop" : step === length - 1 ? "Finish" : "Next";
    place.textContent = step < 0 ? "" : `Step ${step + 1} of ${length}`;
    draw();
    fillPanel();
    fillLoss();
    if (held) refocus(held);
  }

  const heard = () => saving || refresh();
  model.on("change:view change:selected change:off change:step", heard);
  const stopTheme = watchTheme(root, () => strips.forEach((strip) => strip.show()));
  const size = new ResizeObserver(() => {
    draw();
    for (const strip of strips) strip.show();
  });
  size.observe(stage);
  refresh();

  return () => {
    closeStrips();
    size.disconnect();
    stopTheme();
    model.off("change:view change:selected change:off change:step", heard);
  };
}

function textButton(words, onclick, properties = {}) {
  return make("button", { type: "button", class: "mb-text-button", "data-lm-suppress-shortcuts": "true", onclick, ...properties }, words);
}

// A tune in one line: a Play button and a small piano roll.
function tuneStrip({ notes, meter, pickup, tempo, title }, model, name) {
  const tune = readTune({ notes, meter, pickup });
  const settings = { notes: tune.notes, length: tune.length, tempo, loop: false, instrument: "piano", volume: 0.8 };
  const transport = createTransport(model, settings, () => show());
  const button = iconButton("play", `Play ${name}`, "mb-play", () => {
    if (transport.state === "playing" || transport.state === "loading") transport.pause();
    else transport.play();
  });
  const words = `Piano roll of ${title || "the tune"}, ${tune.notes.length} notes`;
  const canvas = make("canvas", { class: "mb-roll", role: "img", "aria-label": words });
  seekOnRoll(canvas, () => tune, transport.position, transport.seek);
  let frame = 0;
  function show() {
    frame = 0;
    const { state } = transport;
    const runs = state === "playing" || state === "loading";
    drawRoll(canvas, tune, transport.position(), runs || state === "paused");
    setButton(button, runs ? "pause" : "play", `${runs ? "Pause" : "Play"} ${name}`);
    if (state === "playing" && !frame) frame = requestAnimationFrame(show);
  }
  requestAnimationFrame(show);
  const close = () => {
    transport.pause();
    cancelAnimationFrame(frame);
  };
  return { root: make("div", { class: "mb-strip" }, button, canvas), show, play: transport.play, close };
}

export default { render };
