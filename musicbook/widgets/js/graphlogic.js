// What flows where, in a graph whose edges can be switched off. The same rules as `reached` and `has_loop` in graph.py; a test
// holds the two together.

const VIEW_SOURCES = { article: ["article"], text: ["article", "text"], complete: ["article", "text", "added"] };

const edgesIn = (edges, view) => edges.filter((edge) => VIEW_SOURCES[view].includes(edge.source));

// The nodes that something can flow to from `start`.
function reachedFrom(edges, start, off) {
  const found = new Set();
  const waiting = [start];
  while (waiting.length) {
    const here = waiting.pop();
    for (const edge of edges) {
      if (edge.from !== here || off.includes(edge.id) || found.has(edge.to)) continue;
      found.add(edge.to);
      waiting.push(edge.to);
    }
  }
  return found;
}

const hasLoop = (edges, off) => edges.some((edge) => reachedFrom(edges, edge.from, off).has(edge.from));

// What is lost while the edges in `off` are switched off: pairs [from, [nodes that it no longer reaches]].
function lostBy(edges, off) {
  const starts = [...new Set(edges.filter((edge) => off.includes(edge.id)).map((edge) => edge.from))];
  return starts
    .map((start) => {
      const after = reachedFrom(edges, start, off);
      return [start, [...reachedFrom(edges, start, [])].filter((node) => !after.has(node))];
    })
    .filter(([, nodes]) => nodes.length > 0);
}
