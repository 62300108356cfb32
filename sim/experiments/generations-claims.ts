/** What must be true of the two generations, and where it was checked. */
import type { Claim } from '../lab/experiment.ts';
import type { GenerationsMetric, GenerationsParams } from './generations-run.ts';

const CONFIGURATIONS = 'OpenVMM Guide/src/user_guide/openvmm/vm_configurations.md';
const ARMSTRONG = 'B. Armstrong, “Why Hyper-V cannot boot off of SCSI disks”, 2009';
const VMBUS_DXE = 'mu_msvm MsvmPkg/VmbusDxe/VmbusRoot.c';
const STORVSC_DXE = 'mu_msvm MsvmPkg/StorvscDxe';
const BOARDS = 'OpenVMM vmm_core/vm_manifest_builder/src/lib.rs';
const INT13 = 'OpenVMM vm/devices/storage/ide/src/lib.rs';

const FIRST = { generation: '1', bus: 'ide' } as const;
const SECOND = { generation: '2', bus: 'scsi' } as const;
/** Small files: what is claimed does not hang on their size. */
const SMALL = { scale: ['64'] } as const;

export const generationsClaims: Readonly<Record<string, Claim<GenerationsParams, GenerationsMetric>>> = {
  'boots-from-scsi': {
    sentence:
      'A machine of generation 1 cannot start from a disk that is there by VMBus alone; one of generation 2 can.',
    source: `${ARMSTRONG}; ${CONFIGURATIONS}`,
    formula: 'started(1) = 0, no disk found; started(2) = 1',
    seeds: [63],
    over: { ...SMALL, bus: ['scsi'], era: ['2012', '2020'], model: ['memory', 'sata-ssd'] },
    against: [{ generation: '1' }, { generation: '2' }],
    holds: (first, second) =>
      first.metrics.booted === 0 && first.metrics.ending === 1 && second.metrics.booted === 1,
  },
  'code-decides': {
    sentence:
      'What decides is code in the firmware: with it a BIOS would start from the same disk, without it UEFI would not.',
    source: `${VMBUS_DXE}; ${STORVSC_DXE}`,
    formula: 'started(1, with VMBus) = 1; started(2, without) = 0',
    over: { ...SMALL, bus: ['scsi'] },
    against: [
      { generation: '1', firmware: 'always' },
      { generation: '2', firmware: 'never' },
    ],
    holds: (bios, uefi) => bios.metrics.booted === 1 && uefi.metrics.booted === 0,
  },
  'no-ide-in-two': {
    sentence: 'In generation 2 there is no IDE controller: a disk cannot hang there, and none is looked for.',
    source: BOARDS,
    formula: 'started = 0, port accesses before the report = 0',
    over: { ...SMALL, generation: ['2'], bus: ['ide', 'none'] },
    holds: ({ metrics }) =>
      metrics.booted === 0 && metrics.ending === 1 && metrics.deviceIntercepts === 2 && metrics.disks === 0,
  },
  'less-to-attack': {
    sentence: 'The board of generation 2 has fewer emulated devices, behind a third of the ports.',
    source: BOARDS,
    formula: 'devices(2) < devices(1), 3 · ports(2) < ports(1)',
    over: { ...SMALL },
    against: [FIRST, SECOND],
    holds: (first, second) =>
      second.metrics.devices < first.metrics.devices && 3 * second.metrics.ports < first.metrics.ports,
  },
  'no-stop-for-a-device': {
    sentence:
      'From power-on until the kernel has its disk, generation 2 stops for an emulated device twice, to hand over its boot log; generation 1 more than a hundred times.',
    source: `${BOARDS}; mu_msvm MsvmPkg/EventLogDxe/EventLogger.c`,
    formula: 'device intercepts(2) = 2, device intercepts(1) > 100',
    over: { ...SMALL },
    against: [FIRST, SECOND],
    holds: (first, second) => second.metrics.deviceIntercepts === 2 && first.metrics.deviceIntercepts > 100,
  },
  'one-exit-a-read': {
    sentence:
      'A BIOS that reads by the enlightened port stops once a read. That is fewer exits than the firmware of generation 2 needs by its ring.',
    source: INT13,
    formula: 'exits(1) = reads(1); exits(2) > 2 · reads(2)',
    over: { scale: ['32', '64'] },
    against: [FIRST, SECOND],
    holds: (first, second) =>
      first.metrics.loadExits === first.metrics.loadReads &&
      second.metrics.loadExits > 2 * second.metrics.loadReads,
  },
  'register-by-register': {
    sentence: 'Register by register the same start takes hundreds of exits a read.',
    source: 'ATA/ATAPI-6, PIO data-in',
    formula: 'exits > 200 · reads',
    over: { ...SMALL, bios: ['polled'] },
    against: [FIRST],
    holds: ({ metrics }) => metrics.booted === 1 && metrics.loadExits > 200 * metrics.loadReads,
  },
  'connects-twice': {
    sentence:
      'In generation 2 two parties connect to VMBus one after the other, firmware and kernel; in generation 1 the kernel alone.',
    source: `${VMBUS_DXE} (VmbusRootExitBootServices)`,
    formula: 'connections(2) = 2, connections(1) = 1',
    over: { ...SMALL },
    against: [FIRST, SECOND],
    holds: (first, second) => first.metrics.connections === 1 && second.metrics.connections === 2,
  },
  'same-afterwards': {
    sentence:
      'Once the kernel reads by VMBus there is no difference: the same exits, signals and interrupts a read, and the same time.',
    source: `${CONFIGURATIONS}; OpenVMM vm/devices/storage/storvsp/src/lib.rs`,
    formula: 'exits, signals, interrupts equal; time equal within 1 %',
    over: { scale: ['32', '64'], era: ['2012', '2020'], model: ['memory', 'sata-ssd'] },
    against: [FIRST, SECOND],
    holds: ({ metrics: first }, { metrics: second }) =>
      first.dataReads === second.dataReads &&
      first.dataExits === second.dataExits &&
      first.dataSignals === second.dataSignals &&
      first.dataInterrupts === second.dataInterrupts &&
      Math.abs(first.dataTime - second.dataTime) <= 0.01 * second.dataTime,
  },
  'added-while-running': {
    sentence:
      'A SCSI disk can be added while either machine runs, and the guest hears of it; an IDE disk can be added to neither.',
    source:
      'Linux drivers/scsi/storvsc_drv.c (ENUMERATE_BUS); how-to pages of Hyper-V for the rule about IDE',
    formula: 'disks(SCSI) = 2, disks(IDE) = 1',
    over: { ...SMALL },
    against: [
      { ...FIRST, add: 'scsi' },
      { ...SECOND, add: 'scsi' },
      { ...FIRST, add: 'ide' },
      { ...SECOND, add: 'ide' },
    ],
    holds: (first, second, firstIde, secondIde) =>
      [first, second].every(({ metrics }) => metrics.added === 1 && metrics.disks === 2) &&
      [firstIde, secondIde].every(({ metrics }) => metrics.added === 0 && metrics.disks === 1),
  },
  'table-has-a-copy': {
    sentence:
      'A GUID partition table has a copy at the end of the disk, and the firmware uses it; the table of a BIOS disk has none.',
    source: 'UEFI specification 2.10, 5.3.2',
    formula: 'started(2) = 1, started(1) = 0; without the copy started(2) = 0',
    over: { ...SMALL },
    against: [
      { ...SECOND, image: 'primary' },
      { ...FIRST, image: 'primary' },
      { ...SECOND, image: 'tables' },
    ],
    holds: (second, first, neither) =>
      second.metrics.booted === 1 && first.metrics.booted === 0 && neither.metrics.ending === 2,
  },
  'host-is-told': {
    sentence:
      'The firmware of generation 2 tells its host how the start ended; from a BIOS the host hears nothing.',
    source: 'OpenVMM vm/devices/firmware/firmware_uefi/src/service/event_log.rs',
    formula: 'told(2) = 1, told(1) = 0',
    over: { ...SMALL, image: ['whole', 'tables', 'loader', 'kernel'] },
    against: [FIRST, SECOND],
    holds: (first, second) => first.metrics.reported === 0 && second.metrics.reported === 1,
  },
  'every-byte': {
    sentence:
      'Every byte arrives as it lies on the disk, in every phase, and the disk has one owner at a time.',
    source: 'the runs themselves',
    formula: 'wrong bytes = 0, breaches = 0',
    over: { ...SMALL, image: ['whole', 'primary', 'kernel'], bios: ['int13', 'polled'] },
    against: [FIRST, SECOND, { generation: '1', bus: 'scsi', firmware: 'always' }],
    holds: (...runs) => runs.every(({ metrics }) => metrics.wrongBytes === 0 && metrics.owners === 0),
  },
};
