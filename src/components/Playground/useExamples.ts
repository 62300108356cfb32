/** The examples, brought when someone opens their menu. */
import { useEffect, useState } from 'react';
import type { Examples } from '../../plugins/truth/examples.ts';

export function useExamples(wanted: boolean): Examples | undefined {
  const [found, setFound] = useState<Examples>();
  useEffect(() => {
    if (!wanted || found) return;
    import('@generated/ringside-truth/default/examples.json').then(
      ({ default: all }) => setFound(all),
      () => undefined,
    );
  }, [wanted, found]);
  return found;
}
