/** What must be true of a disk that changes hands, and where it was checked. */
import type { Claim } from '../lab/experiment.ts';
import type { BootFilterMetric, BootFilterParams } from './boot-ide-filter-run.ts';

const IDE_GUIDE = 'OpenVMM Guide/src/reference/emulated/legacy_x86/ide.md';
const INT13 = 'OpenVMM vm/devices/storage/ide/src/lib.rs (enlightened_hdd_command)';
const ATA = 'ATA/ATAPI-6, PIO data-in';
const ATA_PIIX = 'Linux drivers/ata/ata_piix.c (piix_ignore_devices_quirk), libata-core.c';
const BSD = 'FreeBSD sys/dev/hyperv/storvsc/hv_storvsc_drv_freebsd.c (storvsc_ada_probe_veto)';
const FILTER = 'the service storflt (vmstorfl.sys); its inside is inferred';
const SAVED = 'OpenVMM vm/devices/vmbus/vmbus_server/src/channels/saved_state.rs';
const STORVSC = 'Linux drivers/scsi/storvsc_drv.c';

/** Small files: what is claimed does not hang on their size. */
const SMALL = { scale: ['1024'] } as const;
const HANDED = [{ technique: 'storflt' }, { technique: 'prefer-ms-hyperv' }, { technique: 'veto' }] as const;
const ALL = [...HANDED, { technique: 'none' }] as const;
/** Steps all over the hand-over; the tests try each. */
const STEPS = [1, 20, 60, 110, 160, 210, 260, 310, 340, 350, 355, 360, 370, 400, 450, 500, 550];

export const bootFilterClaims: Readonly<Record<string, Claim<BootFilterParams, BootFilterMetric>>> = {
  'two-roads-in-turn': {
    sentence:
      'Whatever the technique, boot manager and loader are read by the emulated road; after the hand-over the emulated controller moves no data any more.',
    source: `${IDE_GUIDE}; ${STORVSC}`,
    formula: 'intercepts before > 0; bytes by the emulated road at run time = 0, device intercepts = 0',
    seeds: [38, 64],
    over: { ...SMALL, disk: ['memory', 'sata-ssd'], era: ['2008', '2020'] },
    against: HANDED,
    holds: (...runs) =>
      runs.every(
        ({ metrics }) =>
          metrics.up === 1 &&
          metrics.interceptsBefore > 0 &&
          metrics.runEmulated === 0 &&
          metrics.interceptsAfter === 0,
      ),
  },
  'without-drivers': {
    sentence:
      'A system that knows nothing of VMBus starts and runs all the same: every byte by the emulated road.',
    source: IDE_GUIDE,
    formula: 'started = 1, bytes by VMBus = 0',
    seeds: [3, 38],
    over: { ...SMALL, technique: ['none'], system: ['windows', 'linux', 'freebsd'] },
    holds: ({ metrics }) => metrics.up === 1 && metrics.bytesSynthetic === 0 && metrics.emulatedShare === 100,
  },
  'one-exit-a-read': {
    sentence: 'By the enlightened port a read of the BIOS is one exit, whatever its size.',
    source: INT13,
    formula: 'device intercepts = reads',
    over: { scale: ['64', '1024'], disk: ['memory', 'sata-ssd', 'sas15k'], int13: ['enlightened'] },
    holds: ({ metrics }) => metrics.interceptsBefore === metrics.firmwareReads,
  },
  'register-by-register': {
    sentence: 'Register by register it is seven exits and two for each sector.',
    source: ATA,
    formula: 'device intercepts = 7 · reads + 2 · sectors',
    over: { scale: ['128', '1024'], int13: ['plain'], disk: ['memory'] },
    holds: ({ metrics }) =>
      metrics.interceptsBefore === 7 * metrics.firmwareReads + 2 * metrics.firmwareSectors,
  },
  'not-the-same-speed': {
    sentence:
      'A start is not as fast as what follows it: register by register a read of 64 KiB takes more than ten times as long as at run time, and by the enlightened port it still takes longer.',
    source: `${INT13}; ${IDE_GUIDE}`,
    formula: 'speed(plain) < speed(run) / 10; speed(enlightened) < speed(run)',
    seeds: [65],
    over: { disk: ['memory', 'nvme'], era: ['2008', '2012', '2020'] },
    against: [{ int13: 'plain' }, { int13: 'enlightened' }],
    holds: (plain, enlightened) =>
      plain.metrics.speedBefore > 0 &&
      10 * plain.metrics.speedBefore < plain.metrics.speedAfter &&
      enlightened.metrics.speedBefore < enlightened.metrics.speedAfter,
  },
  'port-beats-driver': {
    sentence:
      'With the port even a BIOS reads faster than a kernel that has only the emulated disk: that one programs registers, and takes an interrupt for each command.',
    source: `${INT13}; Linux drivers/ata/libata-sff.c`,
    formula: 'speed(enlightened) > speed(run time without VMBus)',
    over: { disk: ['memory', 'nvme', 'sata-ssd'], era: ['2008', '2012', '2020'], technique: ['none'] },
    holds: ({ metrics }) => metrics.speedBefore > metrics.speedAfter,
  },
  'only-windows-filters': {
    sentence:
      'Only Windows has a filter: there the disk keeps its name. Linux and FreeBSD never take the emulated disk; theirs is another device with another name.',
    source: `${FILTER}; ${ATA_PIIX}; ${BSD}`,
    formula: 'same name: 1, 0, 0; hand-overs: 1, 0, 0; started: 1, 1, 1',
    seeds: [39],
    over: { ...SMALL },
    against: HANDED,
    holds: (...runs) =>
      runs.every(({ metrics }) => metrics.up === 1 && metrics.bytesSynthetic > 0) &&
      runs.map(({ metrics }) => metrics.sameName).join() === '1,0,0' &&
      runs.map(({ metrics }) => metrics.handOvers).join() === '1,0,0',
  },
  'same-volume': {
    sentence:
      'Whatever the disk is called, partition and file system give the same identifiers by the new road as they gave the loader by INT13.',
    source: `${FILTER}; ${ATA_PIIX}; ${BSD}`,
    formula: 'same volume: 1, 1, 1',
    over: { ...SMALL },
    against: HANDED,
    holds: (...runs) => runs.every(({ metrics }) => metrics.up === 1 && metrics.sameVolume === 1),
  },
  'nothing-is-converted': {
    sentence:
      'Nothing is converted into anything: after the hand-over the emulated drive still answers IDENTIFY, and gives another serial number than the disk on VMBus.',
    source: IDE_GUIDE,
    formula: 'control commands by ports > 0, bytes by VMBus > 0, same serial number = 0',
    seeds: [4],
    over: { ...SMALL, disk: ['memory', 'sata-ssd'] },
    holds: ({ metrics }) =>
      metrics.controlEmulated > 0 && metrics.bytesSynthetic > 0 && metrics.sameSerial === 0,
  },
  'at-the-next-start': {
    sentence:
      'The drivers have to be there when the system starts: the same Windows without them goes the emulated way to the end, and with them from the hand-over on the other.',
    source: `${FILTER}; it is started with the first drivers`,
    formula: 'bytes by VMBus: 0 without, more than by ports with',
    seeds: [62],
    over: { scale: ['128', '1024'] },
    against: [{ drivers: false }, { drivers: true }],
    holds: (without, withThem) =>
      without.metrics.up === 1 &&
      without.metrics.bytesSynthetic === 0 &&
      withThem.metrics.bytesSynthetic > withThem.metrics.bytesEmulated,
  },
  'no-root-disk': {
    sentence:
      'Where they are missing Windows and FreeBSD are slow, and Linux does not start: its ATA driver refuses the disk, and nobody brings it the other way.',
    source: `${ATA_PIIX}; ${BSD}`,
    formula: 'started: 1, 0, 1; Linux ends without a disk',
    over: { ...SMALL, drivers: [false] },
    against: HANDED,
    holds: (windows, linux, bsd) =>
      windows.metrics.up === 1 &&
      bsd.metrics.up === 1 &&
      linux.metrics.up === 0 &&
      linux.metrics.ending === 4,
  },
  'drains-one': {
    sentence:
      'An IDE channel has one command at a time: that is all the filter waits for, and nothing is in flight when the channel takes over.',
    source: FILTER,
    formula: 'drained ≤ 1, in flight = 0, overtaken = 0',
    over: { ...SMALL, writers: [0, 1, 4, 8], ata: ['dma', 'pio'], disk: ['memory', 'sata-ssd', 'sas15k'] },
    holds: ({ metrics }) => metrics.drained <= 1 && metrics.inFlight === 0 && metrics.overtaken === 0,
  },
  'waiting-keeps-order': {
    sentence: 'A filter that does not wait lets later writes overtake an earlier one.',
    source: 'the run itself',
    formula: 'in flight = 1, overtaken > 0, breaches > 0',
    over: { ...SMALL, rule: ['no-drain'], ata: ['pio'], writers: [3, 4] },
    holds: ({ metrics }) => metrics.inFlight === 1 && metrics.overtaken > 0 && metrics.breaches > 0,
  },
  'one-owner': {
    sentence:
      'With any technique the disk has one owner at a time for its data, from power-on to the crash dump.',
    source: `${FILTER}; ${ATA_PIIX}; ${BSD}`,
    formula: 'breaches = 0, wrong bytes = 0',
    over: { ...SMALL, drivers: [true, false], fs: ['fat32', 'ext4'] },
    against: ALL,
    holds: (...runs) => runs.every(({ metrics }) => metrics.breaches === 0 && metrics.wrongBytes === 0),
  },
  'two-owners-lose': {
    sentence:
      'Two drivers that own the same disk lose what each was told is safe: every write was done, and entries are gone.',
    source: 'the run itself; the rule is why Linux, FreeBSD and Windows each prevent it',
    formula: 'entries gone > 0 with two owners, 0 with one; no acknowledged sector is lost',
    over: { ...SMALL },
    against: [
      { rule: 'two-owners' },
      { rule: 'two-owners', technique: 'prefer-ms-hyperv' },
      { rule: 'two-owners', technique: 'veto' },
      {},
    ],
    holds: (...runs) =>
      runs.slice(0, -1).every(({ metrics }) => metrics.entriesLost > 0 && metrics.lost === 0) &&
      runs[runs.length - 1].metrics.entriesLost === 0,
  },
  'nothing-acknowledged-is-lost': {
    sentence:
      'Cut the power at any step of the hand-over: what was acknowledged is on the disk, nothing else is, and the next machine starts from it.',
    source: 'the run itself; every single step is tried in the tests',
    formula: 'lost = 0, strange = 0, starts again = 1, breaches = 0',
    over: { ...SMALL, incident: ['power-cut'], at: STEPS },
    holds: ({ metrics }) =>
      metrics.lost === 0 &&
      metrics.foreign === 0 &&
      metrics.breaches === 0 &&
      metrics.restarted === metrics.happened,
  },
  'goes-back': {
    sentence:
      'When the channel is taken away the filter goes back to the emulated disk, sends again what the channel had, and takes the channel again when it is offered.',
    source: `${FILTER}; OpenVMM vm/devices/vmbus/vmbus_server/src/channels.rs`,
    formula: 'started = 1, lost = 0, wrong bytes = 0; bytes by VMBus at run time only when offered again',
    over: { ...SMALL, at: STEPS },
    against: [{ incident: 'rescind' }, { incident: 're-offer' }],
    holds: (gone, back) =>
      [gone, back].every(({ metrics }) => metrics.up === 1 && metrics.lost === 0 && metrics.breaches === 0) &&
      back.metrics.runEmulated === 0 &&
      (gone.metrics.happened === 0 || gone.metrics.runEmulated > 0),
  },
  'goes-on-elsewhere': {
    sentence:
      'Save the machine at any step and restore it on a new host: what was acknowledged is on the disk, the channel is open, and the start comes to its end.',
    source: `${SAVED}; the run itself, every single step is tried in the tests`,
    formula: 'started = 1, lost = 0, strange = 0, breaches = 0, wrong bytes = 0',
    over: { ...SMALL, incident: ['save'], at: [1, 60, 160, 260, 340, 355, 370, 450, 550] },
    holds: ({ metrics }) =>
      metrics.up === 1 &&
      metrics.lost === 0 &&
      metrics.foreign === 0 &&
      metrics.breaches === 0 &&
      metrics.wrongBytes === 0 &&
      metrics.runEmulated === 0 &&
      metrics.savedBytes > 0 === (metrics.happened === 1),
  },
  'says-why': {
    sentence: 'A broken image ends the start with a line on the screen, and not a sector of it is written.',
    source: 'the run itself',
    formula: 'started = 0, writes = 0, strange sectors = 0',
    over: {
      ...SMALL,
      damage: ['signature', 'table', 'file-system', 'kernel'],
      system: ['windows', 'linux', 'freebsd'],
      fs: ['fat32', 'ext4'],
    },
    holds: ({ metrics }) =>
      metrics.up === 0 && metrics.ending > 0 && metrics.acknowledged === 0 && metrics.foreign === 0,
  },
  'dumps-by-ports': {
    sentence: 'A crash dump by ports goes over the emulated drive, whoever had the disk before.',
    source: 'Microsoft, Kernel dump on Linux virtual machines on Hyper-V (prefer_ms_hyperv=0)',
    formula: 'sectors dumped by the emulated drive = 128',
    over: { ...SMALL },
    against: ALL,
    holds: (...runs) => runs.every(({ metrics }) => metrics.dumped === 128),
  },
  'dumps-by-channel': {
    sentence:
      'By a reserved channel it needs no port and no interrupt: the program looks into the ring until its answer is there.',
    source: 'OpenVMM vm/devices/vmbus/vmbus_server/src/channels.rs (handle_open_reserved_channel)',
    formula: 'sectors dumped by VMBus = 128, by ports = 0, device intercepts of the dump = 0',
    over: { ...SMALL, dump: ['reserved'], disk: ['memory', 'sata-ssd'] },
    against: HANDED,
    holds: (...runs) =>
      runs.every(
        ({ metrics }) =>
          metrics.dumpedReserved === 128 && metrics.dumped === 0 && metrics.dumpIntercepts === 0,
      ),
  },
  'disc-by-ports': {
    sentence:
      'A CD is read through the emulated controller, whoever has the disk by then: nobody offers its drive on VMBus.',
    source: `${IDE_GUIDE}; ${ATA_PIIX}`,
    formula: 'bytes of the disc > 0, intercepts for them > 0, wrong bytes = 0',
    over: { ...SMALL, ata: ['dma', 'pio'] },
    against: ALL,
    holds: (...runs) =>
      runs.every(({ metrics }) => metrics.discBytes > 0 && metrics.discExits > 0 && metrics.wrongBytes === 0),
  },
};
