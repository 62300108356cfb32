/** The window of time that the lanes show. */
import { useEffect, useMemo, useState } from 'react';
import type { Still } from '../../truth/types.ts';
import type { Window } from './zoom.ts';
import { following, scaleOf, zoomed } from './zoom.ts';

export interface Zoom {
  /** Nothing when the whole run is shown. */
  readonly view?: Window;
  /** The scale of time when the whole is shown, in cycles. */
  readonly length: number;
  readonly in: () => void;
  readonly out: () => void;
  readonly all: () => void;
}

/** `at` is the cursor's moment: the window follows it and grows and shrinks about it. `ensure` brings what zooming needs. */
export function useZoom(stills: readonly Still[], at: number, ensure: () => void): Zoom {
  const [window, setWindow] = useState<Window>();
  const length = scaleOf(stills);
  const longest = Math.max(length, ...stills.map((entry) => entry.length));
  const line = stills[0].line;

  // biome-ignore lint/correctness/useExhaustiveDependencies: the line names the run.
  useEffect(() => setWindow(undefined), [line]);

  return useMemo(() => {
    const base = window ?? (at > length ? { from: 0, to: length } : undefined);
    const view = base && at >= 0 ? following(base, at, longest) : base;
    const about = at >= 0 ? at : view ? (view.from + view.to) / 2 : 0;
    const by = (factor: number): void => {
      ensure();
      setWindow(zoomed(view ?? { from: 0, to: length }, factor, about, longest));
    };
    return { view, length, in: () => by(0.5), out: () => by(2), all: () => setWindow(undefined) };
  }, [window, at, length, longest, ensure]);
}
