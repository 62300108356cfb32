/** Measures that the drawing of the lanes and what is drawn into it share. */

/** Height of a lane in pixels. */
export const ROW = 30;

/** The middle of a lane. */
export const laneY = (lane: number): number => lane * ROW + ROW / 2;
