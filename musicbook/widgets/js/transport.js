// Play, pause, stop, seek, loop and tempo for one tune: when each note is handed to the sound card.
//
// Positions are in quarter notes. Timers in a page are late and uneven, so a timer only looks ahead a little and hands the
// notes of that stretch, with exact times, to the audio clock (the usual two-clock scheduler). Time on the audio clock and
// position are tied by one anchor: position = anchor.at + (clock - anchor.clock) * tempo / 60.

const LOOK_AHEAD = 0.15; // seconds
const LOOK_AHEAD_HIDDEN = 1.5; // a page in the background may run its timers once a second only
const LEAD_IN = 0.06; // seconds between Play and the first note, so that it is not late

function createTransport(model, settings, changed) {
  // settings: {notes, length, tempo, loop, instrument, volume}; `changed` is called when state or source change.
  // settings.route(out, voice), if there is one, gives the node that a voice's notes go into.
  const transport = { state: "stopped", source: "", settings };
  let anchor = null;
  let handed = 0; // everything before this position (not wrapped by the loop) has been handed over
  let resting = 0; // the position while nothing plays
  let bank = null;
  let out = null;
  let sounding = [];
  let timer = 0;
  let attempt = 0; // loading takes time: a later play or pause makes an earlier one void
  hub(); // so that musicbook.level() answers before the first sound

  const clock = () => hub().context.currentTime;
  const speed = () => settings.tempo / 60;
  const running = () => anchor.at + Math.max(0, clock() - anchor.clock) * speed();
  const wrap = (position) => (settings.loop && settings.length > 0 ? position % settings.length : position);
  const setState = (state) => {
    transport.state = state;
    changed();
  };

  transport.position = () => (anchor ? Math.min(wrap(running()), settings.length) : resting);

  transport.play = async () => {
    if (transport.state === "playing" || transport.state === "loading" || settings.notes.length === 0) return;
    takeFloor(transport);
    const mine = ++attempt;
    setState("loading");
    const [awake, loaded] = await Promise.all([wakeAudio(), loadBank(settings.instrument, model)]);
    if (mine !== attempt) return;
    if (!awake) {
      setState("blocked");
      return;
    }
    useBank(loaded);
    if (resting >= settings.length) resting = 0;
    startAt(resting);
    timer = setInterval(hand, 25);
    setState("playing");
  };

  transport.pause = () => rest(transport.position(), "paused");
  transport.stop = () => rest(0, "stopped");

  transport.seek = (position) => {
    const to = Math.max(0, Math.min(settings.length, position));
    if (anchor) startAt(to >= settings.length ? 0 : to);
    else resting = to;
    changed();
  };

  // Change settings in mid-flight: what was already handed over but has not begun is taken back and timed anew.
  transport.set = async (changes) => {
    const at = transport.position();
    Object.assign(settings, changes);
    if (!anchor) {
      resting = Math.min(at, settings.length);
    } else {
      if (Object.keys(changes).some((name) => name !== "volume")) {
        startAt(at < settings.length ? at : 0, !changes.notes);
      }
      setGain();
    }
    changed();
    if (changes.instrument && anchor) {
      const mine = attempt;
      const loaded = await loadBank(settings.instrument, model);
      if (mine !== attempt || !anchor) return;
      useBank(loaded);
      startAt(transport.position(), true);
      changed();
    }
  };

  function useBank(loaded) {
    bank = loaded;
    transport.source = loaded.source;
    if (!out) {
      out = new GainNode(hub().context);
      out.connect(hub().master);
    }
    setGain();
  }

  function setGain() {
    if (!out || !bank) return;
    const level = settings.volume ** 2 * tuneGain(settings.notes, settings.tempo, bank);
    out.gain.setTargetAtTime(level, clock(), 0.02);
  }

  // keepRinging: notes that have begun go on (a new tempo); otherwise all fall silent (a jump).
  function startAt(position, keepRinging = false) {
    const now = clock();
    for (const note of sounding) if (!keepRinging || note.when > now) note.cut(now);
    if (!keepRinging) sounding = [];
    anchor = { at: position, clock: now + (keepRinging ? 0 : LEAD_IN) };
    handed = position;
    // A jump into the middle of a note starts that note for the rest of its length.
    if (!keepRinging) {
      for (const [onset, duration, pitch, voice] of settings.notes) {
        if (onset < position && onset + duration > position) begin(pitch, anchor.clock, onset + duration - position, voice);
      }
    }
    hand();
  }

  function begin(pitch, when, quarters, voice) {
    const into = settings.route?.(out, voice) ?? out;
    sounding.push(soundNote(bank, into, pitch, when, quarters / speed()));
  }

  function hand() {
    const now = clock();
    sounding = sounding.filter((note) => note.end > now);
    const { notes, length, loop } = settings;
    const until = running() + (document.hidden ? LOOK_AHEAD_HIDDEN : LOOK_AHEAD) * speed();
    const lastRound = loop ? Math.floor(until / length) : 0;
    for (let round = Math.floor(handed / length); round <= lastRound; round++) {
      for (const [onset, duration, pitch, voice] of notes) {
        const at = onset + round * length;
        if (at >= until) break;
        if (at >= handed) begin(pitch, Math.max(now, anchor.clock + (at - anchor.at) / speed()), duration, voice);
      }
    }
    handed = Math.max(handed, until);
    if (!loop && running() >= length) rest(0, "stopped", true);
  }

  function rest(position, state, ringOut = false) {
    attempt++;
    clearInterval(timer);
    if (anchor && !ringOut) for (const note of sounding) note.cut(clock());
    sounding = [];
    anchor = null;
    resting = position;
    if (hub().current === transport) hub().current = null;
    if (transport.state !== state) setState(state);
    else changed();
  }

  return transport;
}
