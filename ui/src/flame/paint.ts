/** Draws the rectangles in sight on a canvas. */
import { shortFunction } from '../../../src/diagnose/packages.ts';
import type { Palette } from './colours.ts';
import type { Rects } from './rects.ts';
import type { Tree } from './tree.ts';

/** CSS pixels. */
export const LEVEL_HEIGHT = 20;
const FONT_SIZE = 12;
const PADDING = 4;
/** Names shorter than this are not worth their place. */
const SHORTEST_NAME = 3;
/** Gaps between frames are drawn only from this width on. */
const GAP_FROM = 3;

export interface Picture {
  readonly tree: Tree;
  readonly rects: Rects;
  /** Ink by row. */
  readonly inks: Uint8Array;
  readonly palette: Palette;
  /** 1 by row where a search matches; null without a search. */
  readonly matches: Uint8Array | null;
  readonly selected: number;
  readonly hovered: number;
  /** CSS pixels. */
  readonly width: number;
  readonly height: number;
  readonly scrolled: number;
  readonly ratio: number;
}

/** One canvas with what belongs to it: fonts measured, patterns made, names shortened. */
export class Painter {
  private readonly context: CanvasRenderingContext2D;
  private charWidth = 0;
  private hatch: { style: CanvasPattern | null; colour: string; ratio: number } | null = null;
  private names: { tree: Tree; short: (string | undefined)[] } | null = null;

  constructor(canvas: HTMLCanvasElement) {
    const context = canvas.getContext('2d', { alpha: false });
    if (context === null) throw new Error('This browser has no canvas to draw the flame graph on.');
    this.context = context;
  }

  paint(picture: Picture): void {
    const { context } = this;
    const { palette, width, height, ratio } = picture;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.fillStyle = palette.gap;
    context.fillRect(0, 0, width, height);
    this.boxes(picture);
    this.labels(picture);
    this.outline(picture, picture.hovered, 1);
    this.outline(picture, picture.selected, 2);
  }

  /** By ink, since changing the fill costs more than filling. */
  private boxes(picture: Picture): void {
    const { context } = this;
    const { rects, inks, palette, matches, tree, scrolled } = picture;
    const { count, row, level, x, width, together } = rects;
    const buckets = sortByInk(rects, inks, palette.fill.length);
    for (let ink = 0; ink < palette.fill.length; ink++) {
      const [begin = 0, end = 0] = [buckets.start[ink], buckets.start[ink + 1]];
      if (begin === end) continue;
      context.fillStyle = palette.fill[ink] ?? '';
      for (let i = begin; i < end; i++) {
        const r = buckets.order[i] ?? 0;
        const w = width[r] ?? 0;
        const gap = w >= GAP_FROM ? 1 : 0;
        context.fillRect(x[r] ?? 0, (level[r] ?? 0) * LEVEL_HEIGHT - scrolled, w - gap, LEVEL_HEIGHT - 1);
      }
    }
    const { head_cum: head, base_cum: base } = tree.view;
    const isGone = (r: number): boolean => head[row[r] ?? 0] === 0 && base[row[r] ?? 0] !== 0;
    context.fillStyle = this.hatching(palette.hatch, picture.ratio);
    for (let r = 0; r < count; r++) {
      if ((width[r] ?? 0) < GAP_FROM || together[r] === 1 || !isGone(r)) continue;
      context.fillRect(x[r] ?? 0, (level[r] ?? 0) * LEVEL_HEIGHT - scrolled, (width[r] ?? 0) - 1, LEVEL_HEIGHT - 1);
    }
    if (matches === null) return;
    context.globalAlpha = 0.72;
    context.fillStyle = palette.gap;
    for (let r = 0; r < count; r++) {
      if (matches[row[r] ?? 0] === 1 && together[r] === 0) continue;
      context.fillRect(x[r] ?? 0, (level[r] ?? 0) * LEVEL_HEIGHT - scrolled, width[r] ?? 0, LEVEL_HEIGHT - 1);
    }
    context.globalAlpha = 1;
    context.fillStyle = palette.selected;
    for (let r = 0; r < count; r++) {
      if (matches[row[r] ?? 0] !== 1 || together[r] === 1) continue;
      const bottom = ((level[r] ?? 0) + 1) * LEVEL_HEIGHT - scrolled;
      context.fillRect(x[r] ?? 0, bottom - 3, Math.max(1, (width[r] ?? 0) - 1), 2);
    }
  }

  private labels(picture: Picture): void {
    const { context } = this;
    const { rects, inks, palette, matches, tree, scrolled } = picture;
    const { row, level, x, width, together } = rects;
    const { inlined } = tree.view;
    const names = this.shortNames(tree);
    const base = `${FONT_SIZE}px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace`;
    context.textBaseline = 'middle';
    for (const slanted of [false, true]) {
      context.font = slanted ? `italic ${base}` : base;
      if (this.charWidth === 0) this.charWidth = context.measureText('mmmmmmmmmm').width / 10;
      let ink = -1;
      for (let r = 0; r < rects.count; r++) {
        const room = Math.floor(((width[r] ?? 0) - 2 * PADDING) / this.charWidth);
        const at = row[r] ?? 0;
        if (room < SHORTEST_NAME || together[r] === 1 || (inlined[at] === 1) !== slanted) continue;
        const dimmed = matches !== null && matches[at] !== 1;
        const own = dimmed ? -2 : (inks[at] ?? 0);
        if (own !== ink) {
          ink = own;
          context.fillStyle = dimmed ? palette.selected : (palette.text[own] ?? '');
        }
        const name = names(at);
        const text = name.length <= room ? name : `${name.slice(0, room - 1)}…`;
        context.fillText(text, (x[r] ?? 0) + PADDING, ((level[r] ?? 0) + 0.5) * LEVEL_HEIGHT - scrolled);
      }
    }
  }

  private outline({ rects, palette, scrolled }: Picture, wanted: number, thick: number): void {
    if (wanted < 0) return;
    const { context } = this;
    for (let r = 0; r < rects.count; r++) {
      if (rects.row[r] !== wanted || rects.together[r] === 1) continue;
      context.strokeStyle = palette.selected;
      context.lineWidth = thick;
      const y = (rects.level[r] ?? 0) * LEVEL_HEIGHT - scrolled;
      const width = Math.max(2, (rects.width[r] ?? 0) - 1);
      context.strokeRect((rects.x[r] ?? 0) + thick / 2, y + thick / 2, width - thick, LEVEL_HEIGHT - 1 - thick);
      return;
    }
  }

  /** Slanted lines over frames that are gone. */
  private hatching(colour: string, ratio: number): CanvasPattern | string {
    if (this.hatch?.colour !== colour || this.hatch.ratio !== ratio) {
      const size = 6;
      const tile = document.createElement('canvas');
      tile.width = Math.round(size * ratio);
      tile.height = tile.width;
      const context = tile.getContext('2d');
      if (context === null) return 'transparent';
      context.scale(tile.width / size, tile.width / size);
      context.strokeStyle = colour;
      context.lineWidth = 1.2;
      for (const shift of [-size, 0, size]) {
        context.beginPath();
        context.moveTo(shift, size);
        context.lineTo(shift + size, 0);
        context.stroke();
      }
      const style = this.context.createPattern(tile, 'repeat');
      style?.setTransform(new DOMMatrix().scale(1 / ratio));
      this.hatch = { style, colour, ratio };
    }
    return this.hatch.style ?? 'transparent';
  }

  private shortNames(tree: Tree): (row: number) => string {
    if (this.names?.tree !== tree) this.names = { tree, short: new Array(tree.view.strings.length) };
    const { short } = this.names;
    const { strings, function: fn } = tree.view;
    return (row) => {
      const id = fn[row] ?? 0;
      const known = short[id];
      if (known !== undefined) return known;
      const made = shortFunction(strings[id] ?? '');
      short[id] = made;
      return made;
    };
  }
}

/** Rectangles by ink (counting sort). The columns are kept from picture to picture. */
let order = new Int32Array(4096);
function sortByInk(rects: Rects, inks: Uint8Array, count: number): { order: Int32Array; start: Int32Array } {
  if (order.length < rects.count) order = new Int32Array(rects.row.length);
  const start = new Int32Array(count + 1);
  for (let r = 0; r < rects.count; r++) {
    const ink = (inks[rects.row[r] ?? 0] ?? 0) + 1;
    start[ink] = (start[ink] ?? 0) + 1;
  }
  for (let ink = 0; ink < count; ink++) start[ink + 1] = (start[ink + 1] ?? 0) + (start[ink] ?? 0);
  const next = start.slice();
  for (let r = 0; r < rects.count; r++) {
    const ink = inks[rects.row[r] ?? 0] ?? 0;
    const at = next[ink] ?? 0;
    order[at] = r;
    next[ink] = at + 1;
  }
  return { order, start };
}
