/**
 * The flame graph as something that one can move in: a canvas in a scroller, what is in sight, what is selected. It draws
 * once per frame at most and only when something changed.
 */
import type { Palette } from './colours.ts';
import { Painter } from './paint.ts';
import { Rects, type Sight } from './rects.ts';
import { LEVEL_HEIGHT } from './sizes.ts';
import { type Direction, type Layout, type Row, rowAtPoint, step } from './tree.ts';

export interface StageState {
  readonly layout: Layout;
  readonly inks: Uint8Array;
  readonly palette: Palette;
  readonly matches: Uint8Array | null;
}

export interface StageEvents {
  onSelect(row: Row): void;
  /** -1: the pointer is over nothing. Coordinates are CSS pixels in the scroller. */
  onHover(row: Row, x: number, y: number): void;
  onZoom(row: Row): void;
  onCopy(row: Row): void;
}

/** ms. */
const ZOOM_TIME = 220;
/** Pixels that a pointer may move and it is still a click. */
const STILL = 4;
/** The narrowest part of the whole that can fill the width: below it numbers lose their digits. */
const DEEPEST = 1e-9;

export class Stage {
  private readonly scroller: HTMLElement;
  private readonly canvas: HTMLCanvasElement;
  private readonly filler: HTMLElement;
  private readonly events: StageEvents;
  private readonly painter: Painter;
  private readonly rects = new Rects();
  private readonly cleanups: (() => void)[] = [];
  private state: StageState;
  private from = 0;
  /** Nothing yet: the first `show` begins with the whole. */
  private to = 0;
  private moving: { from: number; to: number; goalFrom: number; goalTo: number; start: number } | null = null;
  private zoomed: Row = 0;
  private selected: Row = 0;
  private hovered: Row = -1;
  private frame = 0;
  private width = 0;
  private height = 0;
  private drag: { x: number; from: number; to: number; far: boolean } | null = null;

  /** `scroller` is empty but for `filler`, which is as high as the graph, and `canvas`, which stays in sight. */
  constructor(
    parts: { scroller: HTMLElement; canvas: HTMLCanvasElement; filler: HTMLElement },
    state: StageState,
    events: StageEvents,
  ) {
    this.scroller = parts.scroller;
    this.canvas = parts.canvas;
    this.filler = parts.filler;
    this.events = events;
    this.state = state;
    this.painter = new Painter(parts.canvas);
    this.listen();
    this.show(state);
  }

  /** Another view, mode, search or theme. Where one is zoomed in stays where it was, as far as it is still there. */
  show(state: StageState): void {
    const sameTree = state.layout.tree === this.state.layout.tree;
    const sameLayout = sameTree && state.layout === this.state.layout;
    this.state = state;
    if (!sameTree) {
      this.zoomed = 0;
      this.selected = 0;
      this.hovered = -1;
    }
    this.filler.style.height = `${state.layout.tree.levels * LEVEL_HEIGHT}px`;
    if (!sameLayout || this.to > state.layout.total || this.to <= this.from) this.jump(this.zoomed);
    this.invalidate();
  }

  select(row: Row): void {
    if (row === this.selected) return;
    this.selected = row;
    const top = (this.state.layout.tree.depth[row] ?? 0) * LEVEL_HEIGHT;
    const { scrollTop, clientHeight } = this.scroller;
    if (top < scrollTop) this.scroller.scrollTop = top;
    else if (top + LEVEL_HEIGHT > scrollTop + clientHeight) this.scroller.scrollTop = top + LEVEL_HEIGHT - clientHeight;
    this.bringIntoSight(row);
    this.events.onSelect(row);
    this.invalidate();
  }

  move(direction: Direction): void {
    this.select(step(this.state.layout, this.selected, direction));
  }

  zoom(row: Row): void {
    const [from, to] = this.spanOf(row);
    if (to <= from) return;
    this.zoomed = row;
    this.glide(from, to);
    this.events.onZoom(row);
  }

  /** To the next caller that is wider than what is in sight: one that is as wide would look as if nothing happened. */
  zoomOut(): void {
    const { parent } = this.state.layout.tree;
    const seen = (this.to - this.from) * (1 + 1e-9);
    let row = this.zoomed;
    while (row > 0 && this.widthOf(row) <= seen) row = Math.max(0, parent[row] ?? 0);
    this.zoom(row);
  }

  get selectedRow(): Row {
    return this.selected;
  }

  destroy(): void {
    cancelAnimationFrame(this.frame);
    for (const clean of this.cleanups) clean();
  }

  private spanOf(row: Row): [number, number] {
    const { layout } = this.state;
    const place = layout.tree.placeOf[row] ?? 0;
    return [layout.left[place] ?? 0, layout.right[place] ?? 0];
  }

  private widthOf(row: Row): number {
    const [from, to] = this.spanOf(row);
    return to - from;
  }

  /** Without a picture in between. A row that has no width in this mode gives its caller's. */
  private jump(row: Row): void {
    let at = row;
    while (at > 0 && this.widthOf(at) <= 0) at = Math.max(0, this.state.layout.tree.parent[at] ?? 0);
    const [from, to] = this.spanOf(at);
    this.zoomed = at;
    this.moving = null;
    this.from = from;
    this.to = to > from ? to : from + 1;
  }

  private bringIntoSight(row: Row): void {
    const [from, to] = this.spanOf(row);
    if (to > this.from && from < this.to) return;
    const middle = (from + to) / 2;
    const half = (this.to - this.from) / 2;
    this.glide(middle - half, middle + half);
  }

  private glide(from: number, to: number): void {
    const { total } = this.state.layout;
    const width = Math.min(total, Math.max(to - from, total * DEEPEST));
    const goalFrom = Math.max(0, Math.min(from, total - width));
    const goalTo = goalFrom + width;
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) {
      [this.from, this.to, this.moving] = [goalFrom, goalTo, null];
    } else {
      this.moving = { from: this.from, to: this.to, goalFrom, goalTo, start: performance.now() };
    }
    this.invalidate();
  }

  private place(from: number, to: number): void {
    const { total } = this.state.layout;
    const width = Math.min(total, Math.max(to - from, total * DEEPEST));
    this.from = Math.max(0, Math.min(from, total - width));
    this.to = this.from + width;
    this.moving = null;
    this.invalidate();
  }

  private invalidate(): void {
    if (this.frame === 0) this.frame = requestAnimationFrame((now) => this.draw(now));
  }

  private draw(now: number): void {
    this.frame = 0;
    const { moving, state } = this;
    if (moving !== null) {
      const share = Math.min(1, Math.max(0, (now - moving.start) / ZOOM_TIME));
      const eased = 1 - (1 - share) ** 3;
      this.from = moving.from + (moving.goalFrom - moving.from) * eased;
      this.to = moving.to + (moving.goalTo - moving.to) * eased;
      if (share >= 1) [this.from, this.to, this.moving] = [moving.goalFrom, moving.goalTo, null];
    }
    if (this.width === 0) return;
    const scrolled = this.scroller.scrollTop;
    const ratio = this.resizeCanvas();
    const sight: Sight = {
      from: this.from,
      to: this.to,
      width: this.width,
      firstLevel: Math.floor(scrolled / LEVEL_HEIGHT),
      endLevel: Math.ceil((scrolled + this.height) / LEVEL_HEIGHT),
    };
    this.rects.fill(state.layout, sight);
    this.painter.paint({
      tree: state.layout.tree,
      rects: this.rects,
      inks: state.inks,
      palette: state.palette,
      matches: state.matches,
      // All is what one begins with: no need to frame it.
      selected: this.selected === 0 ? -1 : this.selected,
      hovered: this.hovered,
      width: this.width,
      height: this.height,
      scrolled,
      ratio,
    });
    if (this.moving !== null) this.invalidate();
  }

  private resizeCanvas(): number {
    const ratio = Math.min(3, devicePixelRatio || 1);
    const [width, height] = [Math.round(this.width * ratio), Math.round(this.height * ratio)];
    if (this.canvas.width !== width || this.canvas.height !== height) {
      this.canvas.width = width;
      this.canvas.height = height;
    }
    return ratio;
  }

  private rowAt(event: MouseEvent): Row {
    const box = this.canvas.getBoundingClientRect();
    const x = this.from + ((event.clientX - box.left) / this.width) * (this.to - this.from);
    const level = Math.floor((event.clientY - box.top + this.scroller.scrollTop) / LEVEL_HEIGHT);
    return rowAtPoint(this.state.layout, level, x);
  }

  private on<K extends keyof HTMLElementEventMap>(
    target: HTMLElement,
    type: K,
    listener: (event: HTMLElementEventMap[K]) => void,
    options?: AddEventListenerOptions,
  ): void {
    target.addEventListener(type, listener, options);
    this.cleanups.push(() => target.removeEventListener(type, listener, options));
  }

  private listen(): void {
    const { canvas, scroller } = this;
    const resize = new ResizeObserver(() => {
      this.width = scroller.clientWidth;
      this.height = scroller.clientHeight;
      canvas.style.width = `${this.width}px`;
      canvas.style.height = `${this.height}px`;
      this.invalidate();
    });
    resize.observe(scroller);
    this.cleanups.push(() => resize.disconnect());
    this.on(scroller, 'scroll', () => this.invalidate(), { passive: true });
    this.on(canvas, 'pointerdown', (event) => {
      if (event.button !== 0) return;
      this.drag = { x: event.clientX, from: this.from, to: this.to, far: false };
      // A finger that moves up or down scrolls; only a mouse is followed outside.
      if (event.pointerType === 'mouse') canvas.setPointerCapture(event.pointerId);
    });
    this.on(canvas, 'pointermove', (event) => this.pointerMoved(event));
    this.on(canvas, 'pointerleave', () => this.hover(-1, 0, 0));
    this.on(canvas, 'pointercancel', () => {
      this.drag = null;
    });
    this.on(canvas, 'pointerup', (event) => {
      const wasClick = this.drag !== null && !this.drag.far;
      this.drag = null;
      if (wasClick) this.clicked(event);
    });
    this.on(canvas, 'contextmenu', (event) => {
      const row = this.rowAt(event);
      if (row < 0) return;
      event.preventDefault();
      this.select(row);
      this.events.onCopy(row);
    });
    this.on(scroller, 'wheel', (event) => this.wheeled(event), { passive: false });
  }

  private pointerMoved(event: PointerEvent): void {
    const { drag } = this;
    if (drag !== null) {
      const by = event.clientX - drag.x;
      if (Math.abs(by) > STILL) drag.far = true;
      if (drag.far) {
        const weights = (by / this.width) * (drag.to - drag.from);
        this.place(drag.from - weights, drag.to - weights);
        this.hover(-1, 0, 0);
      }
      return;
    }
    const box = this.scroller.getBoundingClientRect();
    this.hover(this.rowAt(event), event.clientX - box.left, event.clientY - box.top);
  }

  private clicked(event: PointerEvent): void {
    const row = this.rowAt(event);
    if (row < 0) return;
    const again = row === this.selected;
    this.select(row);
    // A finger has no pointer to hover with: the first tap shows the numbers, the second zooms.
    if (event.pointerType === 'mouse' || again) this.zoom(row);
  }

  private hover(row: Row, x: number, y: number): void {
    if (row !== this.hovered) {
      this.hovered = row;
      this.invalidate();
    }
    this.events.onHover(row, x, y);
  }

  /** With Ctrl or ⌘ (or a pinch, which browsers report so) it zooms at the pointer; sideways it pans; else the page scrolls. */
  private wheeled(event: WheelEvent): void {
    const sideways = event.shiftKey ? event.deltaX || event.deltaY : event.deltaX;
    const span = this.to - this.from;
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      const box = this.canvas.getBoundingClientRect();
      const share = (event.clientX - box.left) / this.width;
      const at = this.from + share * span;
      const wide = span * Math.exp(Math.max(-100, Math.min(100, event.deltaY)) * 0.006);
      this.place(at - share * wide, at + (1 - share) * wide);
    } else if (Math.abs(sideways) > (event.shiftKey ? 0 : Math.abs(event.deltaY))) {
      event.preventDefault();
      const by = (sideways / this.width) * span;
      this.place(this.from + by, this.to + by);
    }
  }
}
