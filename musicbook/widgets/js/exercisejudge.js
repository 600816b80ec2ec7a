// How an answer is judged without telling it: the arithmetic of seal.py. A given answer is a list: of what stands in the
// number fields, or of letters in the order in which they were chosen or laid.

const EXERCISE_OPEN = "Give an answer first.";

function exerciseNumber(text) {
  const plain = String(text).trim().replace(/[−–]/g, "-").replace(",", ".");
  return plain === "" ? NaN : Number(plain);
}

// The answer as numbers or letters; null where it is none of the kind that is asked for.
function exerciseRead(record, given) {
  if (record.kind === "number" || record.kind === "numbers") {
    const values = given.map(exerciseNumber);
    const wanted = record.kind === "number" ? 1 : record.fields.length;
    return values.length === wanted && values.every(Number.isFinite) ? values : null;
  }
  const keys = record.options.map(([key]) => key);
  const fine = given.every((key) => keys.includes(key)) && new Set(given).size === given.length;
  const full = { choice: given.length === 1, several: given.length > 0, order: given.length === keys.length }[record.kind];
  return fine && full ? given : null;
}

function exerciseForm(record, values, grid) {
  if (grid.length) return values.map((value, i) => Math.floor((value - grid[i][0]) / grid[i][1])).join(",");
  return (record.kind === "several" ? [...values].sort() : values).join("");
}

function exerciseUnlock(lock, message) {
  const data = Uint8Array.from(atob(message), (character) => character.charCodeAt(0));
  for (let block = 0; block * 32 < data.length; block++) {
    sha256(`${lock}|${block}`).forEach((byte, i) => {
      if (block * 32 + i < data.length) data[block * 32 + i] ^= byte;
    });
  }
  return new TextDecoder().decode(data);
}

// Gives { right, done, says }: whether it is the answer, whether it was one at all, and the message.
function exerciseJudge(record, given) {
  if (given.every((each) => String(each).trim() === "")) return { right: false, done: false, says: EXERCISE_OPEN };
  const values = exerciseRead(record, given);
  if (!values) return { right: false, done: false, says: record.unusable };
  if (record.within && values.some((value) => value < record.within[0] || value > record.within[1])) {
    return { right: false, done: true, says: record.outside };
  }
  for (const [number, { grid, digest, message }] of record.cases.entries()) {
    const lock = `${record.id}|${number}|${exerciseForm(record, values, grid)}`;
    if (hexadecimal(sha256(lock)).slice(0, 16) !== digest) continue;
    const told = exerciseUnlock(lock, message);
    return { right: told.startsWith("+"), done: true, says: told.slice(1) };
  }
  return { right: false, done: true, says: record.otherwise };
}

// What the reader did, kept in the browser under the exercise's name; nothing where the browser forbids that or the text is
// damaged. An exercise whose answer was changed begins anew.
function exerciseStore(record) {
  const place = `musicbook.exercise.${record.id}`;
  const mark = record.cases[0].digest;
  return {
    read() {
      try {
        const found = JSON.parse(localStorage.getItem(place));
        return found?.mark === mark && Array.isArray(found.given) && Number.isInteger(found.tries) ? found : null;
      } catch {
        return null;
      }
    },
    write(progress) {
      try {
        localStorage.setItem(place, JSON.stringify({ mark, ...progress }));
      } catch {
        // Private windows may refuse; the form works all the same.
      }
    },
  };
}
