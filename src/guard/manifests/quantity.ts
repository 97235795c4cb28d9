/** Resource quantities as Kubernetes writes them: `512Mi`, `0.5`, `100m`, `1e3` (apimachinery, pkg/api/resource). */

const SUFFIXES: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** The number of a quantity, to the precision of a double; null for what is none. */
export function quantityOf(value: unknown): number | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value !== 'string') return null;
  const match = /^([+-]?(?:\d{1,30}\.?\d{0,30}|\.\d{1,30}))(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?\d{1,3}))?$/.exec(
    value,
  );
  if (match === null) return null;
  const [, digits = '', suffix = '', exponent = '0'] = match;
  const scale = SUFFIXES[suffix];
  return scale === undefined ? null : Number(digits) * scale * 10 ** Number(exponent);
}
