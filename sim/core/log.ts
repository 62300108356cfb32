/**
 * Natural logarithm and exponential from additions, multiplications and divisions alone. ECMAScript leaves Math.log and Math.exp to
 * the implementation; the four operations are fixed to the last bit by IEEE 754, so these are too.
 */

/** The upper 33 bits of ln 2, so that n * LN2_HIGH is exact for |n| < 2^20, and the rest. */
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;

/** ln x for x > 0; error below 1 ulp and a half. NaN for negative x, -Infinity for 0. */
export function log(x: number): number {
  if (!(x > 0)) return x === 0 ? -Infinity : Number.NaN;
  if (x === Infinity) return Infinity;
  let exponent = 0;
  let m = x;
  while (m >= 4294967296) {
    m *= 2 ** -32;
    exponent += 32;
  }
  while (m < 2 ** -32) {
    m *= 4294967296;
    exponent -= 32;
  }
  while (m > Math.SQRT2) {
    m *= 0.5;
    exponent++;
  }
  while (m < Math.SQRT2 / 2) {
    m *= 2;
    exponent--;
  }
  const f = m - 1;
  const s = f / (2 + f);
  return exponent * LN2_HIGH + (f - (s * (f - tail(s * s)) - exponent * LN2_LOW));
}

/** R(z) with ln((1+s)/(1-s)) = 2s + s R(s^2), z = s^2 <= 0.0295: 2 z/3 + 2 z^2/5 + ... as far as a double can tell. */
function tail(z: number): number {
  const high = z * (2 / 17 + z * (2 / 19 + z * (2 / 21 + z * (2 / 23))));
  return (
    z * (2 / 3 + z * (2 / 5 + z * (2 / 7 + z * (2 / 9 + z * (2 / 11 + z * (2 / 13 + z * (2 / 15 + high)))))))
  );
}

/** e^x; error below 2 ulp. */
export function exp(x: number): number {
  if (x > 709.782712893384) return Infinity;
  if (x < -745.1332191019411) return 0;
  if (Number.isNaN(x)) return x;
  const n = Math.round(x / Math.LN2);
  const r = x - n * LN2_HIGH - n * LN2_LOW;
  let sum = 1;
  for (let k = 14; k >= 1; k--) sum = 1 + (r / k) * sum;
  return scale(sum, n);
}

/** x * 2^n in two exact steps, since 2^n alone may be too large or too small. */
function scale(x: number, n: number): number {
  const half = n >> 1;
  return x * power(half) * power(n - half);
}

function power(n: number): number {
  let result = 1;
  const factor = n < 0 ? 0.5 : 2;
  for (let i = Math.abs(n); i > 0; i--) result *= factor;
  return result;
}
