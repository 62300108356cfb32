/** A text in which no line ends inside a number: the spaces between groups of digits hold together. */
export const unbroken = (text: string): string => text.replace(/(\d) (?=\d{3}(?!\d))/g, '$1\u00a0');
