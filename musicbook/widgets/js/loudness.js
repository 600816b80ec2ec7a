// Equal loudness between tunes, worked out from the notes instead of from a finished recording.
//
// The index states how much K-weighted energy each recorded note has given after 0.05, 0.1, ... 1.6 s. From that follows how
// much energy the whole tune gives in each tenth of a second, and from that its loudness as ITU-R BS.1770 defines it (blocks of
// 0.4 s, the quiet ones left out). The gain brings every tune to the level at which musicbook.music.sound renders it; a test
// holds the two together.

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

const HOP = 0.1; // seconds; BS.1770's blocks of 0.4 s begin every 0.1 s

// Energy in each tenth of a second. notes: [onset, duration, pitch, voice] rows in quarter notes.
function energyProfile(notes, tempo, bank) {
  const quarter = 60 / tempo;
  const profile = [];
  for (const [onset, duration, pitch] of notes) {
    const start = onset * quarter;
    const sounding = duration * quarter + bank.release / 4; // a release falls by 60 dB: its first quarter holds its energy
    for (let k = Math.floor(start / HOP); k * HOP < start + sounding; k++) {
      const upTo = (time) => noteEnergy(bank, pitch, Math.min(Math.max(time - start, 0), sounding));
      profile[k] = (profile[k] ?? 0) + upTo((k + 1) * HOP) - upTo(k * HOP);
    }
  }
  return Array.from(profile, (energy) => energy ?? 0);
}

// LUFS, from the energy in each tenth of a second.
function gatedLoudness(profile) {
  const size = Math.min(4, profile.length);
  let blocks = [];
  for (let k = 0; k + size <= profile.length; k++) {
    blocks.push(profile.slice(k, k + size).reduce((sum, energy) => sum + energy, 0) / (size * HOP));
  }
  const mean = (powers) => powers.reduce((sum, power) => sum + power, 0) / powers.length;
  blocks = blocks.filter((power) => power > 10 ** ((-70 + 0.691) / 10));
  const floor = mean(blocks) / 10;
  return -0.691 + 10 * Math.log10(mean(blocks.filter((power) => power > floor)));
}

function tuneGain(notes, tempo, bank) {
  if (bank.source !== "samples" || notes.length === 0) return 1;
  const level = gatedLoudness(energyProfile(notes, tempo, bank));
  return Math.min(LARGEST_GAIN, 10 ** ((LOUDNESS - level) / 20));
}
