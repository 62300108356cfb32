/** All guest systems whose use of enlightenments is told, oldest first. */
import type { SystemProfile } from './system.ts';
import { cells, no } from './system.ts';
import { UNIX } from './unix.ts';
import { WINDOWS } from './windows.ts';

export type { Evidence, SystemProfile, Use } from './system.ts';

const UNMODIFIED: SystemProfile = {
  id: 'unmodified',
  title: 'An unmodified system',
  year: 1996,
  about: 'Windows NT 4, DOS, an old Linux: they believe in the PC they see.',
  uses: cells(no('', 'inferred', 'By definition.'), {}),
};

/** The systems. */
export const SYSTEMS: readonly SystemProfile[] = [UNMODIFIED, ...WINDOWS, ...UNIX].sort(
  (a, b) => a.year - b.year,
);

/** The system with this id, if there is one. */
export const systemById = (id: string): SystemProfile | undefined =>
  SYSTEMS.find((system) => system.id === id);
