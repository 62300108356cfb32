/** The one function of react-dom that the site calls itself. */
declare module 'react-dom' {
  /** Renders what `work` changes before it returns, effects included. */
  export function flushSync(work: () => void): void;
}
