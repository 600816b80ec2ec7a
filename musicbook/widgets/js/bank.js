// The recorded notes of an instrument: where they come from, and one note played from them.
//
// Order: what this page has decoded already; then the kernel (a custom message) or, in a static page, the script
// samples-<instrument>.js beside the host script; an oscillator only when neither answers. bank.source says which it was.

function loadBank(instrument, model) {
  const { banks } = hub();
  banks[instrument] ??= fetchSamples(instrument, model)
    .then(decodeBank)
    .catch((reason) => {
      delete banks[instrument]; // ask again at the next Play: the kernel may be back
      console.warn(`musicbook: no samples for ${instrument} (${reason.message}); an oscillator stands in`);
      return { source: "oscillator", release: 0.15, notes: [] };
    });
  return banks[instrument];
}

function fetchSamples(instrument, model) {
  const { raw, root } = hub();
  if (raw[instrument]) return Promise.resolve(unpack(raw[instrument]));
  return root === undefined ? askKernel(instrument, model) : loadScript(instrument, root);
}

function unpack({ index, base64 }) {
  return { index, bytes: Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)).buffer };
}

function loadScript(instrument, root) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = `${root}samples-${instrument}.js`;
    script.onload = () => {
      const found = hub().raw[instrument];
      if (found) resolve(unpack(found));
      else reject(new Error(`${script.src} holds no samples`));
    };
    script.onerror = () => reject(new Error(`${script.src} cannot be read`));
    document.head.append(script);
  });
}

function askKernel(instrument, model) {
  return new Promise((resolve, reject) => {
    const limit = setTimeout(() => finish(reject, new Error("the kernel did not answer")), 8000);
    const finish = (settle, value) => {
      clearTimeout(limit);
      model.off("msg:custom", answer);
      settle(value);
    };
    const answer = (message, buffers) => {
      if (message.kind !== "samples" || message.instrument !== instrument) return;
      const view = buffers[0]; // a DataView in JupyterLab, an ArrayBuffer elsewhere
      const bytes = view.buffer ? view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength) : view.slice(0);
      finish(resolve, { index: message.index, bytes });
    };
    model.on("msg:custom", answer);
    model.send({ kind: "samples", instrument });
  });
}

async function decodeBank({ index, bytes }) {
  const buffer = await openAudio().decodeAudioData(bytes);
  const wave = buffer.getChannelData(0);
  // The sprite begins with a click at index.sync seconds. Decoders differ in what they leave of the encoder's delay, so the
  // click's place in the decoded wave tells by how much every offset has to move.
  const n = Math.round(3 * index.sync * buffer.sampleRate);
  let peak = 0;
  for (let i = 0; i < n; i++) if (Math.abs(wave[i]) > Math.abs(wave[peak])) peak = i;
  const shift = peak / buffer.sampleRate - index.sync;
  const notes = index.notes.map((note) => ({ ...note, start: note.start + shift }));
  return { source: "samples", buffer, release: index.release, grid: index.grid, notes };
}

function nearestNote(bank, pitch) {
  return bank.notes.reduce((best, note) => (Math.abs(note.root - pitch) < Math.abs(best.root - pitch) ? note : best));
}

// Start one note at `when`, held for `seconds`; returns a handle to cut it short.
function soundNote(bank, out, pitch, when, seconds) {
  const { context } = hub();
  const gain = new GainNode(context);
  gain.connect(out);
  const source = bank.source === "samples" ? recordedNote(bank, pitch, when, seconds) : plainNote(context, pitch, when);
  const level = bank.source === "samples" ? 1 : 0.12;
  gain.gain.setValueAtTime(level, when);
  const end = when + seconds;
  gain.gain.setValueAtTime(level, end);
  gain.gain.exponentialRampToValueAtTime(level / 1000, end + bank.release);
  source.connect(gain);
  source.stop(end + bank.release);
  source.onended = () => gain.disconnect();
  return {
    when,
    end: end + bank.release,
    cut(time) {
      gain.gain.cancelScheduledValues(time);
      gain.gain.setTargetAtTime(0, time, 0.012); // a short fall instead of a click
      source.stop(time + 0.08);
    },
  };
}

function recordedNote(bank, pitch, when, seconds) {
  const note = nearestNote(bank, pitch);
  const playbackRate = 2 ** ((pitch - note.root) / 12);
  const source = new AudioBufferSourceNode(hub().context, { buffer: bank.buffer, playbackRate });
  if (note.loop) {
    source.loop = true;
    source.loopStart = note.start + note.loop[0];
    source.loopEnd = note.start + note.loop[1];
    source.start(when, note.start);
  } else {
    // The third argument keeps a long note from running on into its neighbour in the sprite.
    source.start(when, note.start, note.length);
  }
  return source;
}

function plainNote(context, pitch, when) {
  const source = new OscillatorNode(context, { type: "triangle", frequency: 440 * 2 ** ((pitch - 69) / 12) });
  source.start(when);
  return source;
}
