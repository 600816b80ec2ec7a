// The engraved score: lights the notes that sound and follows them.
//
// times: rows [onset, end, [svg ids]] in quarter notes, from Verovio's time map (musicbook.music.score).

function createScore(svg, times, seek) {
  // A long score scrolls in its box, so the keyboard must reach the box; its arrow keys are the page's, not JupyterLab's.
  const box = make("div", {
    class: "mb-score",
    tabindex: "0",
    role: "group",
    "aria-label": "Score",
    "data-lm-suppress-shortcuts": "true",
  });
  box.innerHTML = svg;
  const groups = times.map(([start, end, ids]) => {
    const nodes = ids.map((id) => box.querySelector(`#${CSS.escape(id)}`)).filter(Boolean);
    for (const node of nodes) node.addEventListener("click", () => seek(start));
    return { start, end, nodes };
  });
  let lit = new Set();
  return {
    box,
    show(position, active) {
      const now = new Set();
      if (active) {
        for (const { start, end, nodes } of groups) {
          if (start <= position + 1e-6 && position < end - 1e-6) nodes.forEach((node) => now.add(node));
        }
      }
      for (const node of lit) if (!now.has(node)) node.classList.remove("mb-on");
      for (const node of now) if (!lit.has(node)) node.classList.add("mb-on");
      if (now.size && ![...now].every((node) => lit.has(node))) follow(box, [...now][0]);
      lit = now;
    },
  };
}

// Scroll inside the score's own box, never the page.
function follow(box, node) {
  if (box.scrollHeight <= box.clientHeight + 1) return;
  const system = (node.closest(".system") ?? node).getBoundingClientRect();
  const frame = box.getBoundingClientRect();
  if (system.top < frame.top || system.bottom > frame.bottom) {
    box.scrollTo({ top: box.scrollTop + system.top - frame.top - 8, behavior: calmMotion() ? "auto" : "smooth" });
  }
}
