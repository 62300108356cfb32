/** The licence line that every copied snippet carries. */
export const LICENCE_LINE = 'Code: MIT. Text and figures: CC BY 4.0.';
