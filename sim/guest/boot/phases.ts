/**
 * The phases of a start, from the power switch to the crash dump, in the order in which a machine goes through them.
 *
 * What distinguishes them is who reads the disk, and by which road. A machine of generation 1 goes through all of them; one of
 * generation 2 has VMBus in its firmware, and neither probes nor hands over anything.
 *
 * Sources: OpenVMM `Guide/src/reference/emulated/legacy_x86/ide.md` and `Guide/src/reference/devices/vmbus/storvsp.md`; Linux 6.1
 * `drivers/ata/libata-core.c`, `drivers/hv/vmbus_drv.c`, `drivers/scsi/storvsc_drv.c`.
 */

/** The phases of a start, in their order. */
export const BOOT_PHASE_IDS = [
  'firmware',
  'boot-sector',
  'loader',
  'kernel',
  'probe',
  'vmbus',
  'hand-over',
  'run',
  'control',
  'dump',
] as const;

/** Name of a phase. */
export type BootPhaseId = (typeof BOOT_PHASE_IDS)[number];

/** Which of the two ways to the disk a request took. */
export type DiskRoad = 'emulated' | 'synthetic';

/** A phase, told to a reader. */
export interface BootPhase {
  readonly id: BootPhaseId;
  /** 0 to 9, its place in the order. */
  readonly order: number;
  /** A few words for a heading. */
  readonly name: string;
  /** What happens in it. */
  readonly sentence: string;
  /** Who asks the disk. */
  readonly reader: 'nobody' | 'firmware' | 'kernel';
}

type Told = Omit<BootPhase, 'id' | 'order'>;

const TOLD: Readonly<Record<BootPhaseId, Told>> = {
  firmware: {
    name: 'Power on',
    sentence: 'The firmware of the virtual machine sets up its devices and looks for a disk to start from.',
    reader: 'nobody',
  },
  'boot-sector': {
    name: 'Boot sector and boot manager',
    sentence: 'The firmware loads the first program from the disk; that one asks the firmware for the next.',
    reader: 'firmware',
  },
  loader: {
    name: 'Loader',
    sentence: 'The loader reads the kernel, its first drivers and its settings, all through the firmware.',
    reader: 'firmware',
  },
  kernel: {
    name: 'Kernel start',
    sentence: 'The kernel starts the drivers that lie in memory already. Nothing is read.',
    reader: 'nobody',
  },
  probe: {
    name: 'ATA probe',
    sentence: 'The kernel’s own ATA driver resets the channel and asks who is there.',
    reader: 'kernel',
  },
  vmbus: {
    name: 'VMBus and offers',
    sentence: 'The kernel connects to VMBus and finds an offer that stands for the same disk.',
    reader: 'kernel',
  },
  'hand-over': {
    name: 'Hand-over',
    sentence: 'The disk gets another owner: from here on its data take the other road.',
    reader: 'kernel',
  },
  run: {
    name: 'Run time',
    sentence: 'The rest of the start, and all work after it.',
    reader: 'kernel',
  },
  control: {
    name: 'Control commands and CD',
    sentence:
      'Who the disk is, its power, which volume it holds; and the disc in the CD drive. What is no data of the disk goes by the emulated controller.',
    reader: 'kernel',
  },
  dump: {
    name: 'Crash dump',
    sentence: 'The kernel has crashed: a small program of its own writes the memory to the disk.',
    reader: 'kernel',
  },
};

/** All phases in order. */
export const BOOT_PHASES: readonly BootPhase[] = BOOT_PHASE_IDS.map((id, order) => ({
  id,
  order,
  ...TOLD[id],
}));

/** The phase of a name. */
export const bootPhase = (id: BootPhaseId): BootPhase => BOOT_PHASES[BOOT_PHASE_IDS.indexOf(id)];
