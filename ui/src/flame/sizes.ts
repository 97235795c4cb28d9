/** Height of a frame with the gap below it, CSS pixels. */
export const LEVEL_HEIGHT = 20;
