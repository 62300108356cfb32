/**
 * Brings a line from elsewhere on the page to one of its experiments. The address is the message: an experiment that rests reads it
 * when it wakes, one that is awake is told to read it again.
 */
const ARRIVED = 'ringside:address';

/** Writes the state of experiment `fig` to the address: the query of `line`, which must be a line of that experiment. */
export function sendLine(line: string, fig: string): void {
  const { pathname, hash } = window.location;
  window.history.replaceState(window.history.state, '', `${pathname}${queryOf(line, fig)}${hash}`);
  window.dispatchEvent(new Event(ARRIVED));
}

/** The query that shows `line` in experiment `fig` of a page. */
export function queryOf(line: string, fig: string): string {
  const mark = line.indexOf('?');
  const words = mark < 0 ? [] : [line.slice(mark + 1)];
  // The first experiment's default state needs a word too: an empty address speaks of none.
  if (fig !== '1' || words.length === 0) words.push(`fig=${fig}`);
  return `?${words.join('&')}`;
}

/** Calls `read` when the address has changed under the page; gives the function that ends this. */
export function onAddress(read: () => void): () => void {
  window.addEventListener(ARRIVED, read);
  return () => window.removeEventListener(ARRIVED, read);
}
