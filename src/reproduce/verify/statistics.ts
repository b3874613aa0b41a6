// Written apart from what measures, by other formulas, so that a slip in one shows in the other.

/** Mean over seeds and two-sided 95 % interval; of the logarithms where `log`. */
export function meanAndInterval(
  values: readonly number[],
  log: boolean,
): { mean: number; low?: number; high?: number } {
  const placed = log ? values.map((value) => Math.log(value)) : values;
  const count = placed.length;
  const centre = placed.reduce((sum, value) => sum + value / count, 0);
  const back = (value: number): number => (log ? Math.exp(value) : value);
  if (count < 2) return { mean: back(centre) };
  const variance = placed.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (count - 1);
  const half = studentQuantile(count - 1) * Math.sqrt(variance / count);
  return { mean: back(centre), low: back(centre - half), high: back(centre + half) };
}

/** Where the integral of Student's density from 0 comes to 0.475, by Simpson's rule. */
export function studentQuantile(freedom: number): number {
  // Γ((ν + 1)/2) / Γ(ν/2), from two less by two less.
  let ratio = freedom % 2 === 1 ? 1 / Math.sqrt(Math.PI) : Math.sqrt(Math.PI) / 2;
  for (let nu = freedom % 2 === 1 ? 3 : 4; nu <= freedom; nu += 2) ratio *= (nu - 1) / (nu - 2);
  const scale = ratio / Math.sqrt(freedom * Math.PI);
  const density = (t: number): number => scale * (1 + (t * t) / freedom) ** (-(freedom + 1) / 2);
  const integral = (end: number): number => {
    const steps = 4000;
    const h = end / steps;
    let sum = density(0) + density(end);
    for (let i = 1; i < steps; i++) sum += (i % 2 === 1 ? 4 : 2) * density(i * h);
    return (sum * h) / 3;
  };
  let [low, high] = [1.9, 13];
  while (high - low > 1e-11) {
    const middle = (low + high) / 2;
    if (integral(middle) < 0.475) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Slope of log y against log x by the normal equations. */
export function powerOf(points: readonly (readonly [number, number])[]): number {
  const n = points.length;
  let [sx, sy, sxx, sxy] = [0, 0, 0, 0];
  for (const [x, y] of points) {
    const [u, v] = [Math.log(x), Math.log(y)];
    [sx, sy, sxx, sxy] = [sx + u, sy + v, sxx + u * u, sxy + u * v];
  }
  return (n * sxy - sx * sy) / (n * sxx - sx * sx);
}
