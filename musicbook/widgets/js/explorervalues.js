// The explorer's arithmetic: which number belongs to a setting, where its bar begins and ends, and how it is written.

function gridPlace(axes, at) {
  return axes.reduce((k, [, stops], a) => k * stops.length + at[a], 0);
}

function gridValues(panel, k) {
  return panel.names.map((name, s) => ({ name, value: panel.values[s][k], low: panel.low[s]?.[k] ?? null, high: panel.high[s]?.[k] ?? null }));
}

// Percent of the track at which a value lies.
function gridShare([least, most], value) {
  return 100 * Math.min(1, Math.max(0, (value - least) / (most - least)));
}

// A minus sign, thin groups of thousands, a fixed number of decimals.
function gridNumber(value, digits) {
  const text = Math.abs(value).toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return value < 0 && Number(text.replaceAll(",", "")) !== 0 ? `−${text}` : text;
}

function gridWords(panel, { value, low, high }) {
  if (value === null) return ["not measured", ""];
  const span = low === null || high === null ? "" : `${gridNumber(low, panel.digits)} to ${gridNumber(high, panel.digits)}`;
  return [gridNumber(value, panel.digits), span];
}
