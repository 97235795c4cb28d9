/**
 * The boxes of a flame graph as pixels. All lines of a level are the same, so a level is one line that is made once and
 * copied: some ten thousand boxes take a millisecond or two, where as many rectangles given to the canvas took thirty
 * without a graphics card.
 */
import type { Picture } from './paint.ts';
import { LEVEL_HEIGHT } from './sizes.ts';

/** Gaps between frames are drawn only from this width on, CSS pixels. */
const GAP_FROM = 3;
/** What a frame that a search does not match keeps of its colour. */
const DIMMED = 0.28;

export class Boxes {
  private image = new ImageData(1, 1);
  private pixels = new Uint32Array(this.image.data.buffer);
  private line = new Uint32Array(1);

  /** In device pixels; the same image is used again for the next picture. */
  draw(picture: Picture): ImageData {
    const { rects, inks, palette, matches, scrolled, ratio } = picture;
    const width = Math.max(1, Math.round(picture.width * ratio));
    const height = Math.max(1, Math.round(picture.height * ratio));
    if (this.image.width !== width || this.image.height !== height) {
      this.image = new ImageData(width, height);
      this.pixels = new Uint32Array(this.image.data.buffer);
      this.line = new Uint32Array(width);
    }
    const { line, pixels } = this;
    const ground = word(palette.ground);
    const bright = palette.rgb.map(word);
    const dim = palette.rgb.map((rgb) => word(mix(palette.ground, rgb)));
    pixels.fill(ground);
    // Rectangles come level by level.
    for (let r = 0; r < rects.count; ) {
      const level = rects.level[r] ?? 0;
      line.fill(ground);
      for (; r < rects.count && rects.level[r] === level; r++) {
        const row = rects.row[r] ?? 0;
        const wide = rects.width[r] ?? 0;
        const begin = Math.round((rects.x[r] ?? 0) * ratio);
        const end = Math.round(((rects.x[r] ?? 0) + wide - (wide >= GAP_FROM ? 1 : 0)) * ratio);
        const lit = matches === null || (matches[row] === 1 && rects.together[r] === 0);
        const colour = (lit ? bright : dim)[inks[row] ?? 0] ?? ground;
        if (end - begin < 8) for (let x = begin; x < Math.max(end, begin + 1); x++) line[x] = colour;
        else line.fill(colour, begin, end);
      }
      const top = Math.max(0, Math.round((level * LEVEL_HEIGHT - scrolled) * ratio));
      const bottom = Math.min(height, Math.round(((level + 1) * LEVEL_HEIGHT - scrolled - 1) * ratio));
      for (let y = top; y < bottom; y++) pixels.set(line, y * width);
    }
    return this.image;
  }
}

/** A pixel as ImageData has it, on the little-endian machines that there are. */
function word([r, g, b]: readonly [number, number, number]): number {
  return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
}

function mix(
  ground: readonly [number, number, number],
  own: readonly [number, number, number],
): readonly [number, number, number] {
  const part = (i: 0 | 1 | 2): number => Math.round(ground[i] + (own[i] - ground[i]) * DIMMED);
  return [part(0), part(1), part(2)];
}
