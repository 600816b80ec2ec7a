// Two ears in a room: what musicbook.music.binaural computes, and the same as nodes of the sound card.

const HEAD_RADIUS = 0.0875; // metres
const SOUND_SPEED = 343; // metres a second
const [EAR_OPEN, EAR_DARK] = [18_000, 1_500]; // hertz
const EAR_WEAKER = 0.3;

// Angle in degrees from straight ahead, positive to the right, and distance in metres.
function roomRelative([x, y], [atX, atY], turned) {
  const azimuth = (Math.atan2(x - atX, y - atY) * 180) / Math.PI - turned;
  return [((((azimuth + 180) % 360) + 360) % 360) - 180, Math.hypot(x - atX, y - atY)];
}

// [left, right], each {delay in seconds, gain, cutoff in hertz}.
function roomEars(azimuth, distance) {
  const side = Math.sin((azimuth * Math.PI) / 180);
  const off = Math.min(1, Math.abs(side));
  const level = 1 / Math.max(distance, 1);
  const near = { delay: 0, gain: level, cutoff: EAR_OPEN };
  const far = {
    delay: (HEAD_RADIUS / SOUND_SPEED) * (off + Math.asin(off)),
    gain: level * (1 - EAR_WEAKER * off),
    cutoff: EAR_OPEN * (EAR_DARK / EAR_OPEN) ** off,
  };
  return side >= 0 ? [far, near] : [near, far];
}

// A voice's way to both ears: put its notes into `input`; move() glides to another place.
function roomChain(context, out) {
  const input = new GainNode(context);
  const merger = new ChannelMergerNode(context, { numberOfInputs: 2 });
  merger.connect(out);
  const sides = [0, 1].map((channel) => {
    const delay = new DelayNode(context, { maxDelayTime: 0.01 });
    const shadow = new BiquadFilterNode(context, { type: "lowpass", Q: 20 * Math.log10(Math.SQRT1_2) });
    const gain = new GainNode(context);
    input.connect(delay).connect(shadow).connect(gain).connect(merger, 0, channel);
    return { delay, shadow, gain };
  });
  const move = (ears, glide = 0.03) => sides.forEach(({ delay, shadow, gain }, channel) => {
    const to = [[delay.delayTime, ears[channel].delay], [shadow.frequency, ears[channel].cutoff], [gain.gain, ears[channel].gain]];
    for (const [knob, value] of to) {
      if (glide) knob.setTargetAtTime(value, context.currentTime, glide);
      else knob.value = value;
    }
  });
  return { input, move, close: () => merger.disconnect() };
}

function roomWords(azimuth, distance) {
  const round = Math.round(azimuth);
  const far = `${distance.toFixed(1)} m`;
  if (distance < 0.05) return "where you stand";
  if (round === 0) return `straight ahead, ${far}`;
  if (Math.abs(round) === 180) return `straight behind, ${far}`;
  return `${Math.abs(round)}° to the ${round > 0 ? "right" : "left"}, ${far}`;
}
