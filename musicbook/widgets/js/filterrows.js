// Which rows of a table fit: the menus' values exactly ("" is any), and every word somewhere in the row.
function filterRows(rows, filters, wanted, words) {
  const parts = words.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (row) => filters.every((column, k) => wanted[k] === "" || row[column] === wanted[k])
    && parts.every((part) => row.join(" ").toLowerCase().includes(part));
  return rows.map((row, k) => (fits(row) ? k : -1)).filter((k) => k >= 0);
}
