/** The exit of a processor that notices by itself that a guest only waits. */
import type { Route } from './route.ts';
import { inHypervisor } from './route.ts';

/** Only where the partition has pause-loop exits. */
export const SPIN_ROUTES = {
  'hypervisor-pause': inHypervisor(
    'hypervisor-pause',
    'Pause-loop exit',
    'PAUSE, again and again',
    'Let others run',
    'hv.light',
  ),
} satisfies Readonly<Record<string, Route>>;
