// A Standard MIDI File (format 1) from the notes of a tune.

const MIDI_TICKS = 10080; // ticks in a quarter note, as in musicbook.music.melody: every duration of the book is exact

// texts: said in text events at the very beginning, such as who made it.
function writeMidi({ notes, tempo, meter, title, program, texts = [] }) {
  const voices = Math.max(0, ...notes.map((note) => note[3])) + 1;
  const tracks = [headTrack(tempo, meter, title, texts)];
  for (let voice = 0; voice < voices; voice++) {
    // Channel 10 (number 9) is the drums'.
    const channel = voice % 15 < 9 ? voice % 15 : (voice % 15) + 1;
    tracks.push(voiceTrack(notes.filter((note) => note[3] === voice), channel, program));
  }
  const head = [...ascii("MThd"), ...fixed(6, 4), ...fixed(1, 2), ...fixed(tracks.length, 2), ...fixed(MIDI_TICKS, 2)];
  return new Uint8Array(head.concat(...tracks.map((bytes) => [...ascii("MTrk"), ...fixed(bytes.length, 4), ...bytes])));
}

function headTrack(tempo, meter, title, texts) {
  const said = (kind, words) => {
    const coded = [...new TextEncoder().encode(words)];
    return [0, 0xff, kind, ...varying(coded.length), ...coded];
  };
  const bytes = [...texts.flatMap((words) => said(0x01, words)), ...said(0x03, title)];
  bytes.push(0, 0xff, 0x51, 3, ...fixed(Math.round(60e6 / tempo), 3));
  if (meter !== "none") {
    const [beats, unit] = meter.split("/").map(Number);
    bytes.push(0, 0xff, 0x58, 4, beats, Math.log2(unit), 24, 8);
  }
  return bytes.concat([0, 0xff, 0x2f, 0]);
}

function voiceTrack(notes, channel, program) {
  const events = notes.flatMap(([onset, duration, pitch]) => [
    { tick: Math.round(onset * MIDI_TICKS), on: 1, pitch },
    { tick: Math.round((onset + duration) * MIDI_TICKS), on: 0, pitch },
  ]);
  // Ends before beginnings, or a repeated note would be cut off as it starts.
  events.sort((a, b) => a.tick - b.tick || a.on - b.on || a.pitch - b.pitch);
  const bytes = [0, 0xc0 | channel, program];
  let last = 0;
  for (const { tick, on, pitch } of events) {
    bytes.push(...varying(tick - last), (on ? 0x90 : 0x80) | channel, pitch, 80);
    last = tick;
  }
  return bytes.concat([0, 0xff, 0x2f, 0]);
}

const ascii = (text) => [...text].map((c) => c.charCodeAt(0));
const fixed = (value, bytes) => Array.from({ length: bytes }, (_, i) => (value >> (8 * (bytes - 1 - i))) & 0xff);

// Seven bits a byte, most significant first, the top bit set on all but the last.
function varying(value) {
  const bytes = [value & 0x7f];
  for (let rest = value >> 7; rest > 0; rest >>= 7) bytes.unshift((rest & 0x7f) | 0x80);
  return bytes;
}
