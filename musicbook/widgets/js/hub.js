// The page's one sound system.
//
// A notebook page may hold twenty players, and JupyterLab loads this text once for each of them, so what must exist only once
// (the AudioContext, the decoded samples, the rule that one tune sounds at a time) lives on globalThis.musicbook.

function hub() {
  const shared = (globalThis.musicbook ??= {});
  shared.banks ??= {}; // instrument -> promise of a bank (bank.js)
  shared.raw ??= {}; // instrument -> {index, base64}, filled by samples-*.js in a static page
  shared.current ??= null; // the transport that sounds now
  shared.level ??= () => 0; // root mean square of what leaves the speakers, for tests and meters
  return shared;
}

// Browsers let a page make sound only after a click or a key press; so this is called from one.
function openAudio() {
  const shared = hub();
  if (!shared.context) {
    const context = new AudioContext();
    const master = new GainNode(context);
    const analyser = new AnalyserNode(context, { fftSize: 4096 });
    master.connect(analyser).connect(context.destination);
    const frame = new Float32Array(analyser.fftSize);
    Object.assign(shared, { context, master, analyser });
    shared.level = () => {
      analyser.getFloatTimeDomainData(frame);
      return Math.sqrt(frame.reduce((sum, x) => sum + x * x, 0) / frame.length);
    };
  }
  return shared.context;
}

// True when the context runs. A context that was not opened by a gesture never answers resume(), hence the time limit.
async function wakeAudio() {
  const context = openAudio();
  if (context.state !== "running") {
    await Promise.race([context.resume(), new Promise((done) => setTimeout(done, 800))]);
  }
  return context.state === "running";
}

// One tune at a time: whoever starts to play takes the floor, and whoever had it pauses.
function takeFloor(transport) {
  const shared = hub();
  if (shared.current && shared.current !== transport) shared.current.pause();
  shared.current = transport;
}
