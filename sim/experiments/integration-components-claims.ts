/** What must be true of installing integration components, and where it was checked. */
import { PC_ID } from '../guest/setup/pc-drivers.ts';
import type { Claim } from '../lab/experiment.ts';
import type { Run } from '../lab/run.ts';
import type { ComponentsMetric } from './integration-components-metrics.ts';
import type { ComponentsParams } from './integration-components-run.ts';

const NAMES = 'Device Manager of Windows guests; OpenVMM ide/src/drive/hard_drive.rs for the disk’s own name';
const PNP = 'Windows driver documentation; what a filter needs is inferred';
const OFFERS = 'TLFS, inter-partition communication; OpenVMM vmbus_server/src/channels.rs';
const VERSIONS = 'OpenVMM vmbus_core/src/protocol.rs; Linux drivers/hv/connection.c';
const SERVICES = 'Linux drivers/hv/hv_util.c';

const WITH_PACKAGE = ['windows-xp', 'windows-2003-sp2', 'windows-2008'] as const;
/** Newest version of VMBus that each package and each host speak. */
const SPOKEN_BY_PACKAGE: Readonly<Record<string, number>> = { rtm: 0.13, r2: 1.1, '2012r2': 3 };
const SPOKEN_BY_HOST: Readonly<Record<string, number>> = { '2008': 0.13, '2012': 2.4, '2020': 5.3 };

/** Columns of a device table. */
const COLUMN = { NAME: 1, KIND: 2, ID: 3, DRIVER: 4, ROAD: 5 } as const;

const rowsOf = (run: Run<ComponentsMetric>, when: 'before' | 'after'): readonly (readonly string[])[] =>
  run.tables?.find(({ id }) => id === `devices-${when}`)?.rows ?? [];

const byId = (run: Run<ComponentsMetric>, when: 'before' | 'after', id: string): (readonly string[])[] =>
  rowsOf(run, when).filter((row) => row[COLUMN.ID].startsWith(id));

const SCSI = 'VMBUS\\{BA6163D9';
const NIC = 'VMBUS\\{F8615163';

/** The emulated disk: the only disk that is no synthetic device. */
const bootDiskRow = (run: Run<ComponentsMetric>, when: 'before' | 'after'): readonly string[] | undefined =>
  rowsOf(run, when).find((row) => row[COLUMN.ID] === 'GENDISK' && row[COLUMN.KIND] === 'emulated');

export const componentsClaims: Readonly<Record<string, Claim<ComponentsParams, ComponentsMetric>>> = {
  'nothing-is-converted': {
    sentence:
      'Nothing is converted: after an installation every emulated device is still there, and answers when it is asked.',
    source: NAMES,
    formula: 'emulated after = emulated before; intercepts for control commands > 0',
    seeds: [4],
    over: { profile: WITH_PACKAGE, package: ['rtm', '2012r2'], reboot: [false, true] },
    holds: ({ metrics }) => metrics.emulated === metrics.emulatedBefore && metrics.control > 0,
  },
  'offers-do-not-wait': {
    sentence: 'What a host offers does not depend on the guest; an installation adds those who take it.',
    source: OFFERS,
    formula: 'offers equal; synthetic = 0 without, > 0 with the package',
    seeds: [9],
    over: { profile: ['windows-xp', 'windows-2003-sp2'], era: ['2008', '2012', '2020'] },
    against: [{ package: 'none' }, { package: 'rtm' }],
    holds: (without, with_) =>
      without.metrics.offers === with_.metrics.offers &&
      without.metrics.synthetic === 0 &&
      with_.metrics.synthetic > 0,
  },
  'without-only-emulated': {
    sentence: 'Without components there is no client, no VMBus and no service: emulated devices only.',
    source: `${OFFERS}; ${SERVICES}`,
    formula: 'synthetic = 0, VMBus = none, services = 0',
    seeds: [71],
    over: {
      profile: ['unmodified', 'windows-xp', 'windows-2003-sp2'],
      package: ['none'],
      era: ['2008', '2012', '2020'],
    },
    holds: ({ metrics }) =>
      metrics.synthetic === 0 && metrics.vmbus === 0 && metrics.services === 0 && metrics.bootDisk > 0,
  },
  'at-once-and-at-the-start': {
    sentence:
      'Devices that had no driver start at once; the boot disk goes by ports until the guest restarts, because a filter joins a stack when it is built.',
    source: PNP,
    formula: 'no restart: services > 0, boot disk as before; restart: boot disk 0',
    seeds: [62],
    over: { profile: ['windows-2003-sp2'], package: ['rtm', 'r2', '2012r2'] },
    against: [{ reboot: false }, { reboot: true }],
    holds: (now, later) =>
      now.metrics.startedAtOnce > 0 &&
      now.metrics.services > 0 &&
      now.metrics.bootDisk === now.metrics.bootDiskBefore &&
      later.metrics.bootDisk === 0,
  },
  'replaced-at-the-start': {
    sentence: 'A driver in use is replaced at the next start: until then the guest speaks as before.',
    source: PNP,
    formula: 'no restart: VMBus as before; restart: newer',
    over: { profile: ['windows-2008'], package: ['r2', '2012r2'], era: ['2012', '2020'] },
    against: [{ reboot: false }, { reboot: true }],
    holds: (now, later) =>
      now.metrics.waiting > 0 &&
      now.metrics.vmbus === now.metrics.vmbusBefore &&
      later.metrics.vmbus > later.metrics.vmbusBefore,
  },
  'older-end-decides': {
    sentence:
      'What they shake hands on is a version: the newest that both the package and the host speak. No physical driver takes part.',
    source: VERSIONS,
    formula: 'VMBus = min(package, host)',
    seeds: [6],
    over: {
      profile: ['windows-2003-sp2'],
      package: ['rtm', 'r2', '2012r2'],
      era: ['2008', '2012', '2020'],
    },
    holds: ({ metrics, params }) =>
      metrics.vmbus ===
      Math.min(SPOKEN_BY_PACKAGE[String(params.package)], SPOKEN_BY_HOST[String(params.era)]),
  },
  'in-the-box-and-old': {
    sentence:
      'Server 2008 has components in its box, and they work; every one of their drivers was replaced by the release.',
    source: 'Microsoft, "Hyper-V FAQ" (2008); the protocols of the beta are assumed',
    formula: 'synthetic before > 0; copied = drivers of the package, none kept',
    seeds: [33],
    over: { profile: ['windows-2008'], package: ['rtm'], era: ['2008', '2012'] },
    holds: ({ metrics }) => metrics.syntheticBefore > 0 && metrics.copied > 0 && metrics.kept === 0,
  },
  'no-installation-needed': {
    sentence:
      'A system that brings its own components sends no request for its disk by ports, from its first start on.',
    source: 'Linux drivers/scsi/storvsc_drv.c; Microsoft, "Manage Hyper-V Integration Services"',
    formula: 'boot disk before = 0, synthetic before > 0',
    seeds: [3],
    over: {
      profile: ['windows-2008', 'windows-7', 'windows-8', 'windows-10', 'linux-today', 'freebsd'],
      package: ['none'],
      era: ['2012', '2020'],
    },
    holds: ({ metrics }) => metrics.bootDiskBefore === 0 && metrics.syntheticBefore > 0,
  },
  'forced-back': {
    sentence:
      'An old package that is copied over newer drivers takes the guest back: older versions, fewer services.',
    source: `${VERSIONS}; ${SERVICES}`,
    formula: 'VMBus after < before, services after < before',
    seeds: [73],
    over: { profile: ['windows-10'], package: ['rtm'], force: [true], era: ['2012', '2020'] },
    holds: ({ metrics }) =>
      metrics.downgraded === metrics.copied &&
      metrics.copied > 0 &&
      metrics.vmbus < metrics.vmbusBefore &&
      metrics.services < metrics.servicesBefore,
  },
  'newer-is-kept': {
    sentence: 'An installer that looks at versions copies nothing over newer drivers.',
    source: PNP,
    formula: 'refused, VMBus as before',
    over: { profile: ['windows-7', 'windows-8', 'windows-10'], package: ['rtm'], era: ['2012', '2020'] },
    holds: ({ metrics }) =>
      metrics.refused === 1 && metrics.copied === 0 && metrics.vmbus === metrics.vmbusBefore,
  },
  'same-name-other-road': {
    sentence:
      'The boot disk keeps its name and its place under the IDE controller while its requests change from ports to VMBus.',
    source: NAMES,
    formula: 'name after = name before = "Virtual HD ATA Device"; road: ports → VMBus',
    seeds: [14],
    over: { profile: ['windows-xp', 'windows-2003-sp2'], package: ['rtm', '2012r2'] },
    holds: (run) => {
      const [before, after] = [bootDiskRow(run, 'before'), bootDiskRow(run, 'after')];
      return (
        before?.[COLUMN.NAME] === 'Virtual HD ATA Device' &&
        after?.[COLUMN.NAME] === before[COLUMN.NAME] &&
        before[COLUMN.ROAD] === 'ports' &&
        after[COLUMN.ROAD] === 'VMBus, by the filter'
      );
    },
  },
  'storvsc-serves-scsi': {
    sentence: 'A disk of the synthetic controller hangs behind storvsc; on Linux the boot disk does, too.',
    source: 'Linux drivers/scsi/storvsc_drv.c; driver store of Windows',
    formula: 'driver of the SCSI offer = storvsc; on Linux also of the accelerator',
    seeds: [32],
    over: { era: ['2012', '2020'] },
    against: [
      { profile: 'windows-2003-sp2' },
      { profile: 'windows-10', package: 'none' },
      { profile: 'linux-today', package: 'none' },
    ],
    holds: (...runs) =>
      runs.every((run) => /\bstorvsc|hv_storvsc/.test(byId(run, 'after', SCSI)[0]?.[COLUMN.DRIVER] ?? '')) &&
      rowsOf(runs[2], 'after').filter((row) => row[COLUMN.DRIVER].startsWith('hv_storvsc')).length === 2,
  },
  'each-class-its-own': {
    sentence:
      'Each class of device has its own client and its own provider: one that is missing takes only its own devices along.',
    source: 'Microsoft, "Hyper-V FAQ" (2008): no SCSI controller for Windows XP',
    formula: 'Windows XP: data disk 0, services as many as elsewhere',
    seeds: [35],
    over: { era: ['2008', '2012', '2020'] },
    against: [{ profile: 'windows-xp' }, { profile: 'windows-2003-sp2' }],
    holds: (xp, other) =>
      xp.metrics.dataDisk === 0 &&
      other.metrics.dataDisk > 0 &&
      xp.metrics.services === other.metrics.services &&
      xp.metrics.bootDisk === 0,
  },
  'adapter-beside-adapter': {
    sentence:
      'The network adapter on VMBus is another device than the legacy one: after the installation a guest has both.',
    source: NAMES,
    formula: 'PCI 1011:0009 before and after; VMBus class f8615163… after only',
    seeds: [55],
    over: { profile: WITH_PACKAGE.slice(0, 2), package: ['rtm', 'r2'] },
    holds: (run) =>
      byId(run, 'before', PC_ID.LEGACY_NIC).length === 1 &&
      byId(run, 'after', PC_ID.LEGACY_NIC).length === 1 &&
      byId(run, 'before', NIC).length === 0 &&
      byId(run, 'after', NIC)[0]?.[COLUMN.KIND] === 'synthetic',
  },
  'no-bit-no-bus': {
    sentence: 'Where no hypervisor shows itself the drivers are copied and do nothing.',
    source: 'TLFS, feature discovery; Linux arch/x86/kernel/cpu/mshyperv.c',
    formula: 'CPUID.1 ECX bit 31 clear: synthetic = 0, VMBus = none, boot disk as before',
    seeds: [56],
    over: { profile: ['windows-xp', 'windows-2003-sp2'], package: ['rtm', '2012r2'], hypervisor: [false] },
    holds: ({ metrics }) =>
      metrics.copied > 0 &&
      metrics.synthetic === 0 &&
      metrics.vmbus === 0 &&
      metrics.services === 0 &&
      metrics.bootDisk === metrics.bootDiskBefore,
  },
  'more-than-two-kinds': {
    sentence:
      'Two kinds are not enough: the accelerated boot disk is an emulated device without an intercept for its data, and the clock is hardware of the hypervisor.',
    source: 'TLFS, timers; how a filter binds the disk is inferred',
    formula: 'boot disk 0 and still emulated; clock: device intercepts 0, hypervisor exits > 0',
    seeds: [1],
    over: { profile: ['windows-2008'], package: ['none', 'rtm'], era: ['2008', '2012'] },
    holds: (run) =>
      run.metrics.bootDisk === 0 &&
      bootDiskRow(run, 'after')?.[COLUMN.KIND] === 'emulated' &&
      run.metrics.clock === 0 &&
      run.metrics.hypervisorExits >= Number(run.params.requests),
  },
  'what-stays': {
    sentence:
      'Control commands, keys and the start itself take the old road after an installation as before it.',
    source: 'OpenVMM Guide/src/reference/emulated/legacy_x86/ide.md; that keys go by PS/2 is assumed',
    formula: 'control and keys equal without and with the package; start no shorter than nine tenths',
    over: { profile: ['windows-xp', 'windows-2003-sp2'], era: ['2008', '2012', '2020'] },
    against: [{ package: 'none' }, { package: 'rtm' }],
    holds: (without, with_) =>
      with_.metrics.control === without.metrics.control &&
      with_.metrics.control > 0 &&
      with_.metrics.keys === without.metrics.keys &&
      with_.metrics.keys > 0 &&
      with_.metrics.startIntercepts >= 0.9 * without.metrics.startIntercepts,
  },
  'linux-leaves-the-disk': {
    sentence: 'Linux and FreeBSD leave the emulated disk alone: no data and no control command goes to it.',
    source: 'Linux drivers/ata/ata_piix.c (prefer_ms_hyperv); FreeBSD storvsc_ada_probe_veto',
    formula: 'boot disk 0, control 0',
    over: { profile: ['linux-today', 'freebsd'], package: ['none'], era: ['2012', '2020'] },
    holds: ({ metrics }) => metrics.bootDisk === 0 && metrics.control === 0 && metrics.running === 1,
  },
  'too-new-for-the-host': {
    sentence:
      'A kernel that leaves the emulated disk alone and finds no VMBus that it speaks has no disk: Linux of today on a host of 2008.',
    source: 'Linux Documentation/virt/hyperv/overview.rst: hosts from Server 2012 on',
    formula: 'eight versions tried, none agreed; runs = 0',
    over: { profile: ['linux-today'], package: ['none'], era: ['2008'] },
    holds: ({ metrics }) => metrics.tried === 8 && metrics.vmbus === 0 && metrics.running === 0,
  },
  'one-owner': {
    sentence: 'At any time one driver at most sends data commands to the boot disk, and every byte is right.',
    source: 'follows from both roads reaching the same disk',
    formula: 'breaches = 0, intact',
    over: {
      profile: ['windows-2003-sp2', 'windows-2008', 'windows-10', 'linux-today', 'freebsd'],
      package: ['none', 'rtm', '2012r2'],
      reboot: [false, true],
    },
    holds: ({ metrics }) => metrics.breaches === 0 && metrics.intact === 1,
  },
  'converted-never-starts': {
    sentence:
      'Were the controller converted, the guest would work on without control commands and never start again: firmware knows no other disk.',
    source: 'B. Armstrong, "Why Hyper-V cannot boot off of SCSI disks" (2009), for what a BIOS knows',
    formula: 'wrong rule: no restart: control 0; restart: runs = 0',
    over: { rule: ['converts'], package: ['rtm', '2012r2'] },
    against: [{ reboot: false }, { reboot: true }],
    holds: (now, later) =>
      now.metrics.control === 0 && now.metrics.running === 1 && later.metrics.running === 0,
  },
};
