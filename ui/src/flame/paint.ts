/** Draws a picture: the boxes as pixels, names and marks on top of them. */
import { shortFunction } from '../../../src/diagnose/packages.ts';
import { Boxes } from './boxes.ts';
import type { Palette } from './colours.ts';
import type { Rects } from './rects.ts';
import { LEVEL_HEIGHT } from './sizes.ts';
import type { Tree } from './tree.ts';

const FONT_SIZE = 12;
const PADDING = 4;
/** Characters. Names that would be cut shorter than this are not worth their place, nor the time. */
const SHORTEST_NAME = 4;
const HATCH_FROM = 3;

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
  private readonly boxes = new Boxes();
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
    const { ratio } = picture;
    context.putImageData(this.boxes.draw(picture), 0, 0);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.hatchGone(picture);
    this.underline(picture);
    this.labels(picture);
    this.outline(picture, picture.hovered, 1);
    this.outline(picture, picture.selected, 2);
  }

  /** Lines under what a search found. The others were dimmed with the boxes. */
  private underline({ rects, matches, palette, scrolled }: Picture): void {
    if (matches === null) return;
    const { context } = this;
    const { count, row, level, x, width, together } = rects;
    context.fillStyle = palette.selected;
    for (let r = 0; r < count; r++) {
      if (matches[row[r] ?? 0] !== 1 || together[r] === 1) continue;
      const bottom = ((level[r] ?? 0) + 1) * LEVEL_HEIGHT - scrolled;
      context.fillRect(x[r] ?? 0, bottom - 3, Math.max(1, (width[r] ?? 0) - 1), 2);
    }
  }

  private hatchGone({ rects, palette, tree, scrolled, ratio }: Picture): void {
    const { context } = this;
    const { count, row, level, x, width, together } = rects;
    const { head_cum: head, base_cum: base } = tree.view;
    context.fillStyle = this.hatching(palette.hatch, ratio);
    for (let r = 0; r < count; r++) {
      const at = row[r] ?? 0;
      if ((width[r] ?? 0) < HATCH_FROM || together[r] === 1 || head[at] !== 0 || base[at] === 0) continue;
      context.fillRect(x[r] ?? 0, (level[r] ?? 0) * LEVEL_HEIGHT - scrolled, (width[r] ?? 0) - 1, LEVEL_HEIGHT - 1);
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
