// The plane of valence (to the right) and arousal (upwards), both from -1 to 1: a picture on a canvas.

const [SIDE_EDGE, END_EDGE] = [16, 28]; // CSS pixels beside it, and above and below, where the words stand clear of the dots

const signed = (value) => value.toFixed(2).replace("-", "−");

// Words for a place; `quadrants` are Python's, in the order of sad, tense, calm, happy.
const quadrantOf = ([valence, arousal], quadrants) => quadrants[2 * (valence >= 0) + (arousal >= 0)];

// Where a pointer points, as [valence, arousal] within the plane.
function placeOf(event, canvas) {
  const box = canvas.getBoundingClientRect();
  const along = (at, size, edge) => Math.min(Math.max((2 * (at - edge)) / (size - 2 * edge) - 1, -1), 1);
  return [along(event.clientX - box.left, box.width, SIDE_EDGE), -along(event.clientY - box.top, box.height, END_EDGE)];
}

// dots: {at, radius, colour, hollow, text}, the last on top; lines: pairs of places.
function drawMoodPlane(canvas, quadrants, dots, lines) {
  const paper = penOf(canvas);
  if (!paper) return;
  const { pen, width, height, colour, font } = paper;
  const x = (valence) => SIDE_EDGE + ((valence + 1) / 2) * (width - 2 * SIDE_EDGE);
  const y = (arousal) => END_EDGE + ((1 - arousal) / 2) * (height - 2 * END_EDGE);
  pen.fillStyle = colour("--mb-line");
  pen.fillRect(Math.round(x(0)), y(1), 1, y(-1) - y(1));
  pen.fillRect(x(-1), Math.round(y(0)), x(1) - x(-1), 1);
  pen.font = font;
  const write = (words, align, at, up) => {
    pen.textAlign = align;
    pen.fillText(words, at, up);
  };
  pen.fillStyle = colour("--mb-quiet");
  write(quadrants[1], "left", 8, 17);
  write(quadrants[3], "right", width - 8, 17);
  write(quadrants[0], "left", 8, height - 8);
  write(quadrants[2], "right", width - 8, height - 8);
  pen.fillStyle = colour("--mb-ink");
  write("arousal ↑", "center", width / 2, 17);
  write("valence →", "center", width / 2, height - 8);
  pen.lineWidth = 1.5;
  pen.strokeStyle = colour("--mb-track");
  for (const [from, to] of lines) {
    pen.beginPath();
    pen.moveTo(x(from[0]), y(from[1]));
    pen.lineTo(x(to[0]), y(to[1]));
    pen.stroke();
  }
  for (const dot of dots) {
    pen.beginPath();
    pen.arc(x(dot.at[0]), y(dot.at[1]), dot.radius, 0, 7);
    pen.fillStyle = colour(dot.hollow ? "--mb-stage" : dot.colour);
    pen.fill();
    pen.lineWidth = 2;
    pen.strokeStyle = colour(dot.colour);
    pen.stroke();
    if (!dot.text) continue;
    pen.fillStyle = colour(dot.hollow ? "--mb-ink" : "--mb-on-accent");
    write(dot.text, "center", x(dot.at[0]), y(dot.at[1]) + 4);
  }
}
