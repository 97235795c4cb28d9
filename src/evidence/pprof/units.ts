/**
 * Values with units, printed as go tool pprof prints them (google/pprof internal/measurement): sizes in powers of
 * 1024 named kB, MB, …; times in ns, us, ms, s, hrs; two decimals, none where they are zero.
 */
interface Unit {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly factor: number;
}

interface Family {
  readonly units: readonly Unit[];
  /** Where no unit of the family fits the value (0, fractions). */
  readonly fallback: Unit;
}

const BYTE: Unit = { name: 'B', aliases: ['b', 'byte'], factor: 1 };
const SECOND: Unit = { name: 's', aliases: ['s', 'sec', 'second'], factor: 1e9 };

const FAMILIES: readonly Family[] = [
  {
    units: [
      BYTE,
      { name: 'kB', aliases: ['kb', 'kbyte', 'kilobyte'], factor: 2 ** 10 },
      { name: 'MB', aliases: ['mb', 'mbyte', 'megabyte'], factor: 2 ** 20 },
      { name: 'GB', aliases: ['gb', 'gbyte', 'gigabyte'], factor: 2 ** 30 },
      { name: 'TB', aliases: ['tb', 'tbyte', 'terabyte'], factor: 2 ** 40 },
      { name: 'PB', aliases: ['pb', 'pbyte', 'petabyte'], factor: 2 ** 50 },
    ],
    fallback: BYTE,
  },
  {
    units: [
      { name: 'ns', aliases: ['ns', 'nanosecond'], factor: 1 },
      { name: 'us', aliases: ['μs', 'us', 'microsecond'], factor: 1e3 },
      { name: 'ms', aliases: ['ms', 'millisecond'], factor: 1e6 },
      SECOND,
      { name: 'hrs', aliases: ['hour', 'hr'], factor: 3.6e12 },
    ],
    fallback: SECOND,
  },
];

function find(family: Family, unit: string): Unit | undefined {
  const lower = unit.toLowerCase();
  const singular = lower.length > 2 && lower.endsWith('s') ? lower.slice(0, -1) : lower;
  return family.units.find(({ aliases }) => aliases.includes(singular));
}

export interface Scaled {
  readonly value: number;
  /** Empty where the unit says nothing (`count`). */
  readonly unit: string;
}

/** @param to a unit, or `auto` for the largest in which the value is at least 1 */
export function scale(value: number, from: string, to: string): Scaled {
  if (value < 0) {
    const positive = scale(-value, from, to);
    return { value: -positive.value, unit: positive.unit };
  }
  for (const family of FAMILIES) {
    const unit = find(family, from);
    if (unit === undefined) continue;
    const base = value * unit.factor;
    const wanted =
      to === 'auto'
        ? family.units.reduce<Unit | undefined>((best, u) => (base / u.factor >= 1 ? u : best), undefined)
        : find(family, to);
    const target = wanted ?? family.fallback;
    return { value: base / target.factor, unit: target.name };
  }
  const silent = ['count', 'sample', 'unit', 'auto', 'minimum'].includes(to);
  return { value, unit: silent ? '' : to };
}

/** `1.50MB`, `3.20s`, `17`; `0` has no unit. */
export function formatValue(value: number, unit: string, to = 'auto'): string {
  const scaled = scale(value, unit, to);
  const text = scaled.value.toFixed(2).replace(/\.00$/, '');
  return text === '0' || text === '-0' ? '0' : text + scaled.unit;
}

/** Absolute share in percent, two digits at least: `12.34%`, `0.12%`, `100%`. */
export function formatPercent(value: number, total: number): string {
  const ratio = total === 0 ? 0 : Math.abs(value / total) * 100;
  if (ratio >= 99.95 && ratio <= 100.05) return '100%';
  return ratio >= 1 ? `${ratio.toFixed(2)}%` : `${general(ratio)}%`;
}

/** C's %.2g for 0 ≤ x < 1. */
function general(x: number): string {
  if (x === 0) return '0';
  const [mantissa = '', exponent = ''] = x.toExponential(1).split('e');
  const e = Number(exponent);
  if (e >= -4) return String(Number(x.toPrecision(2)));
  return `${mantissa.replace(/\.0$/, '')}e-${String(-e).padStart(2, '0')}`;
}
