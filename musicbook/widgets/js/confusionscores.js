// What a confusion matrix says in numbers.

// Share of each label's tunes that was recognised; 0 for a label without tunes.
function recalls(counts) {
  return counts.map((row, i) => row[i] / Math.max(1, row.reduce((sum, n) => sum + n, 0)));
}

function balancedAccuracy(counts) {
  return recalls(counts).reduce((sum, share) => sum + share, 0) / counts.length;
}
