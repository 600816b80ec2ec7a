// SHA-256 (FIPS 180-4). The browser's own is asynchronous, and a page that comes unencrypted from another machine of the
// class room has none at all.
function sha256(text) {
  const data = new TextEncoder().encode(text);
  const root = (x, power) => Math.floor((x ** power % 1) * 2 ** 32);
  const primes = [];
  for (let n = 2; primes.length < 64; n++) if (primes.every((p) => n % p)) primes.push(n);
  const constants = primes.map((p) => root(p, 1 / 3));
  const state = primes.slice(0, 8).map((p) => root(p, 1 / 2));
  const padded = new DataView(new ArrayBuffer(((data.length + 8) >> 6) * 64 + 64));
  data.forEach((byte, i) => padded.setUint8(i, byte));
  padded.setUint8(data.length, 0x80);
  padded.setUint32(padded.byteLength - 4, data.length * 8);
  const turn = (x, n) => (x >>> n) | (x << (32 - n));
  const w = new Uint32Array(64);
  for (let start = 0; start < padded.byteLength; start += 64) {
    for (let i = 0; i < 64; i++) {
      const [a, b] = [w[i - 15], w[i - 2]];
      w[i] = i < 16 ? padded.getUint32(start + 4 * i)
        : w[i - 16] + (turn(a, 7) ^ turn(a, 18) ^ (a >>> 3)) + w[i - 7] + (turn(b, 17) ^ turn(b, 19) ^ (b >>> 10));
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let i = 0; i < 64; i++) {
      const one = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + constants[i] + w[i]) | 0;
      const two = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0];
    }
    [a, b, c, d, e, f, g, h].forEach((each, i) => (state[i] = (state[i] + each) | 0));
  }
  const bytes = new DataView(new ArrayBuffer(32));
  state.forEach((word, i) => bytes.setInt32(4 * i, word));
  return new Uint8Array(bytes.buffer);
}

const hexadecimal = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
