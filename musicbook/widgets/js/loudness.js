// Equal loudness between tunes, worked out from the notes instead of from a finished recording.
//
// The index states how much K-weighted energy each recorded note has given after 0.05, 0.1, ... 1.6 s (ITU-R BS.1770's
// weighting). Summed over a tune's notes and divided by the time in which something sounds, that is its loudness. The gain
// brings every tune to the same level as musicbook.music.sound does by measuring; a test holds the two together.

const LOUDNESS = -20; // LUFS, the same number as in sound.py
const LARGEST_GAIN = 6;

function noteEnergy(bank, pitch, seconds) {
  const note = nearestNote(bank, pitch);
  const times = [0, ...bank.grid];
  const energy = [0, ...note.energy];
  const last = times.length - 1;
  if (seconds >= times[last]) {
    const slope = note.loop ? (energy[last] - energy[last - 1]) / (times[last] - times[last - 1]) : 0;
    return energy[last] + slope * (seconds - times[last]);
  }
  const i = times.findIndex((t) => t > seconds);
  const share = (seconds - times[i - 1]) / (times[i] - times[i - 1]);
  return energy[i - 1] + share * (energy[i] - energy[i - 1]);
}

// notes: [onset, duration, pitch, voice] rows in quarter notes, sorted by onset.
function tuneGain(notes, tempo, bank) {
  if (bank.source !== "samples" || notes.length === 0) return 1;
  const quarter = 60 / tempo;
  let energy = 0;
  let sounding = 0;
  let reached = 0;
  for (const [onset, duration, pitch] of notes) {
    energy += noteEnergy(bank, pitch, duration * quarter + bank.release / 4);
    const end = onset + duration;
    sounding += Math.max(0, end - Math.max(onset, reached));
    reached = Math.max(reached, end);
  }
  const level = -0.691 + 10 * Math.log10(energy / (sounding * quarter));
  return Math.min(LARGEST_GAIN, 10 ** ((LOUDNESS - level) / 20));
}
