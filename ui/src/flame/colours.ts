/**
 * What colour a frame has. With two profiles: orange grew, blue shrank, grey is no more than noise, and the deeper the
 * colour the larger the change; orange and blue stay apart for every kind of colour blindness. With one profile: by
 * package, the user's own code in warm tones, dependencies violet, the standard library grey.
 */
import { type Owner, ownerOf, packageOf } from '../../../src/diagnose/packages.ts';
import type { Tree } from './tree.ts';

/** Steps from "no change" to the deepest colour, each way. */
export const STEPS = 5;
/** Below this many standard deviations a change is noise. */
const SIGMAS = 2;

/** Colour numbers (inks): indices into `Palette.fill`. */
export const INK = {
  neutral: 0,
  noise: 1,
  root: 2,
  small: 3,
  /** STEPS inks from here on: the first is the palest. */
  grew: 4,
  shrank: 4 + STEPS,
  /** SHADES inks each. */
  user: 4 + 2 * STEPS,
  dependency: 4 + 2 * STEPS + 4,
  std: 4 + 2 * STEPS + 8,
} as const;
const SHADES = 4;

/** `absolute`: deep is much in bytes. `relative`: deep is much beside what was there before. */
export type Scale = 'absolute' | 'relative';

/** Is the change of the row more than sampling alone gives? */
export function isNoise(change: number, noise: number): boolean {
  return Math.abs(change) < SIGMAS * noise;
}

/** Ink of each row where two profiles are compared. */
export function changeInks(tree: Tree, scale: Scale): Uint8Array {
  const { view, change, count } = tree;
  let largest = 0;
  for (let row = 1; row < count; row++) largest = Math.max(largest, Math.abs(change[row] ?? 0));
  return Uint8Array.from({ length: count }, (_, row) => {
    const by = change[row] ?? 0;
    if (row === 0) return INK.root;
    if (by === 0) return INK.neutral;
    if (isNoise(by, view.noise[row] ?? 0)) return INK.noise;
    const before = view.base_cum[row] ?? 0;
    // New is as deep as doubled; gone is −100 %.
    const share = scale === 'absolute' ? Math.abs(by) / largest : before === 0 ? 1 : Math.abs(by / before);
    // A square root, so that a tenth of the largest change can still be seen.
    const deep = Math.min(STEPS - 1, Math.floor(Math.sqrt(Math.min(1, share)) * STEPS));
    return (by > 0 ? INK.grew : INK.shrank) + deep;
  });
}

/** Ink of each row of a single profile. */
export function packageInks(tree: Tree): Uint8Array {
  const { view, count } = tree;
  const families: Readonly<Record<Owner, number>> = { user: INK.user, dependency: INK.dependency, std: INK.std };
  const known = new Map<number, number>();
  return Uint8Array.from({ length: count }, (_, row) => {
    if (row === 0) return INK.root;
    const fn = view.function[row] ?? 0;
    let ink = known.get(fn);
    if (ink === undefined) {
      const name = view.strings[fn] ?? '';
      if (name.startsWith('(')) ink = INK.small;
      else ink = families[ownerOf(name, view.strings[view.file[row] ?? 0] ?? '')] + shadeOf(packageOf(name));
      known.set(fn, ink);
    }
    return ink;
  });
}

/** FNV-1a, so that a package has the same shade in every profile. */
function shadeOf(name: string): number {
  let hash = 0x811c_9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x0100_0193);
  return (hash >>> 8) % SHADES;
}

export type Rgb = readonly [number, number, number];

export interface Palette {
  /** By ink, as CSS. */
  readonly fill: readonly string[];
  /** Text on that fill: the page's dark or light, whichever has more contrast. */
  readonly text: readonly string[];
  /** Between and behind the frames. */
  readonly ground: Rgb;
  readonly selected: string;
  readonly hatch: string;
  /** The colour numbers themselves, for tests and legends. */
  readonly rgb: readonly Rgb[];
}

interface Theme {
  readonly background: Rgb;
  readonly neutral: Rgb;
  readonly noise: Rgb;
  readonly root: Rgb;
  readonly grew: readonly [Rgb, Rgb];
  readonly shrank: readonly [Rgb, Rgb];
  readonly user: readonly [Rgb, Rgb];
  readonly dependency: readonly [Rgb, Rgb];
  readonly std: readonly [Rgb, Rgb];
}

const LIGHT: Theme = {
  background: [255, 255, 255],
  neutral: [232, 234, 237],
  noise: [201, 205, 210],
  root: [215, 219, 224],
  grew: [
    [253, 224, 187],
    [224, 104, 0],
  ],
  shrank: [
    [205, 226, 243],
    [47, 125, 190],
  ],
  user: [
    [255, 217, 138],
    [240, 160, 75],
  ],
  dependency: [
    [214, 200, 235],
    [170, 148, 209],
  ],
  std: [
    [222, 226, 231],
    [190, 198, 208],
  ],
};

const DARK: Theme = {
  background: [20, 23, 28],
  neutral: [52, 57, 65],
  noise: [84, 90, 99],
  root: [62, 68, 78],
  grew: [
    [92, 62, 32],
    [240, 138, 36],
  ],
  shrank: [
    [35, 63, 90],
    [88, 166, 235],
  ],
  user: [
    [168, 112, 38],
    [226, 164, 82],
  ],
  dependency: [
    [88, 72, 122],
    [136, 114, 180],
  ],
  std: [
    [60, 67, 77],
    [92, 101, 114],
  ],
};

/** Pure: on any fill one of the two has a contrast of more than 4.5. */
const INK_DARK: Rgb = [0, 0, 0];
const INK_LIGHT: Rgb = [255, 255, 255];

export function palette(dark: boolean): Palette {
  const theme = dark ? DARK : LIGHT;
  const rgb = [
    theme.neutral,
    theme.noise,
    theme.root,
    theme.noise,
    ...ramp(theme.grew, STEPS),
    ...ramp(theme.shrank, STEPS),
    ...ramp(theme.user, SHADES),
    ...ramp(theme.dependency, SHADES),
    ...ramp(theme.std, SHADES),
  ];
  return {
    rgb,
    fill: rgb.map(css),
    text: rgb.map((fill) => css(contrast(fill, INK_DARK) >= contrast(fill, INK_LIGHT) ? INK_DARK : INK_LIGHT)),
    ground: theme.background,
    selected: dark ? '#ffffff' : '#111418',
    hatch: dark ? 'rgba(255,255,255,0.45)' : 'rgba(0,0,0,0.4)',
  };
}

function ramp([from, to]: readonly [Rgb, Rgb], steps: number): Rgb[] {
  const mix = (a: number, b: number, share: number): number => Math.round(a + (b - a) * share);
  return Array.from({ length: steps }, (_, i) => {
    const share = i / (steps - 1);
    return [mix(from[0], to[0], share), mix(from[1], to[1], share), mix(from[2], to[2], share)];
  });
}

function css([r, g, b]: Rgb): string {
  return `rgb(${r},${g},${b})`;
}

/** Contrast ratio, 1 to 21 (WCAG 2, "contrast ratio" and "relative luminance"). */
export function contrast(a: Rgb, b: Rgb): number {
  const [one, two] = [luminance(a), luminance(b)];
  return (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
}

export function luminance([r, g, b]: Rgb): number {
  const linear = (part: number): number => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
}
