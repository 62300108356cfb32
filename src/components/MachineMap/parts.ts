/** The machine on one page: its parts, where they live, and the page that tells about each. */

/** A place of the machine as in every figure of the book. */
export type PlaceName =
  | 'guest-user'
  | 'guest-kernel'
  | 'hypervisor'
  | 'root-kernel'
  | 'root-user'
  | 'hardware';

/** One part: a box, and where it leads. Units are those of the drawing. */
export interface MapPart {
  readonly name: string;
  readonly place: PlaceName;
  readonly to: string;
  /** What the part does, in a few words. */
  readonly says: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

/** A band of the drawing. */
export interface MapPlace {
  readonly place: PlaceName;
  readonly title: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Height of a part. */
export const PART_HEIGHT = 44;

export const PLACES: readonly MapPlace[] = [
  { place: 'root-user', title: 'Root, ring 3', x: 0, y: 0, width: 470, height: 120 },
  { place: 'root-kernel', title: 'Root, ring 0', x: 0, y: 130, width: 470, height: 190 },
  { place: 'guest-user', title: 'Guest, ring 3', x: 490, y: 0, width: 470, height: 120 },
  { place: 'guest-kernel', title: 'Guest, ring 0', x: 490, y: 130, width: 470, height: 190 },
  { place: 'hypervisor', title: 'Hypervisor', x: 0, y: 330, width: 960, height: 190 },
  { place: 'hardware', title: 'Hardware', x: 0, y: 530, width: 960, height: 60 },
];

const part = (
  place: PlaceName,
  [x, y, width]: readonly [number, number, number],
  name: string,
  to: string,
  says: string,
): MapPart => ({ name, place, to: `/concepts/${to}`, says, x, y, width });

export const PARTS: readonly MapPart[] = [
  part('root-user', [14, 60, 210], 'Worker process', 'two-roads', 'plays the emulated devices'),
  part('root-user', [240, 60, 216], 'Questions to the guest', 'guest-services', 'heartbeat, KVP, backup'),
  part('root-kernel', [14, 190, 210], 'VSP: storvsp', 'vsp-vsc', 'serves the synthetic disk'),
  part('root-kernel', [240, 190, 216], 'Intercept messages', 'ring-transitions', 'what one OUT sets off'),
  part(
    'root-kernel',
    [14, 260, 442],
    'VMBus: rings and signals',
    'vsp-vsc',
    'one pair of rings for each channel',
  ),
  part('guest-user', [504, 60, 210], 'A program', 'clock-read', 'reads the clock all day'),
  part('guest-user', [730, 60, 216], 'Service daemons', 'guest-services', 'answer when the host asks'),
  part('guest-kernel', [504, 190, 138], 'VSC: storvsc', 'vsp-vsc', 'writes packets'),
  part('guest-kernel', [656, 190, 138], 'ATA driver', 'two-roads', 'writes registers'),
  part('guest-kernel', [808, 190, 138], 'Components', 'integration-components', 'which driver binds'),
  part('guest-kernel', [504, 260, 104], 'Start', 'generations', 'BIOS or UEFI'),
  part('guest-kernel', [618, 260, 104], 'Hand-over', 'boot-ide-filter', 'IDE to VMBus'),
  part('guest-kernel', [732, 260, 104], 'Spin locks', 'spin-lock', 'who holds it'),
  part('guest-kernel', [846, 260, 104], 'Clock', 'time-sync', 'late and told'),
  part('hypervisor', [14, 390, 220], 'Exits and routes', 'ring-transitions', 'who answers, by which way'),
  part('hypervisor', [250, 390, 220], 'Page tables', 'tlb-flush', 'shadow or SLAT, and the TLB'),
  part('hypervisor', [486, 390, 220], 'Interrupt controller', 'interrupt-end', 'EOI, TPR, AutoEOI'),
  part('hypervisor', [722, 390, 224], 'Between processors', 'ipi', 'one exit for all'),
  part('hypervisor', [14, 460, 220], 'Scheduler', 'spin-lock', 'who runs, who waits'),
  part('hypervisor', [250, 460, 220], 'Clocks', 'clock-read', 'counter, TSC page'),
  part('hypervisor', [486, 460, 220], 'Timers and idle', 'timers-and-idle', 'ticks for nobody'),
  part('hypervisor', [722, 460, 224], 'Enlightenments', 'who-is-enlightened', 'what a guest may know'),
  part('hardware', [250, 538, 220], 'TLB', 'tlb-flush', 'remembers translations'),
  part('hardware', [486, 538, 220], 'Time stamp counter', 'clock-read', 'counts whatever happens'),
  part('hardware', [722, 538, 224], 'Disk', 'two-roads', 'takes its time on either road'),
];
